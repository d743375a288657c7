import { Document, type Scalar, type YAMLMap } from 'yaml';

/** YAML 1.1, which Kubernetes' readers still are, and no line folded. */
const OPTIONS = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;

/** What YAML 1.1 readers take for something other than a text, and `yaml` does not quote; texts of blanks it folds. */
const AMBIGUOUS = /^(<<|=|0o[0-7]+|\s+)$/;

/** A block whose first line begins with a tab is a fault of indentation to the reader of kubectl, blank lines or spaces before it or not. */
const TAB_FIRST = /^\s*\t/;

/** What they take for the end of a line, or refuse, and `yaml` writes as it is. */
const UNSAFE = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** Keys and texts of one line repeat by the hundred in manifests; whether one needs quotes is found out once. */
const keys = new Map<string, string>();
const texts = new Map<string, string>();

/** One document for all of them, because a new one takes as long as what it then writes. */
const document = new Document({ k: '' }, OPTIONS);
const line = (document.contents as YAMLMap<Scalar, Scalar>).items[0]!;

/**
 * YAML text of plain Kubernetes objects, one document each. The layout of blocks is a few rules and
 * written here, because the tree of nodes that `yaml` makes first costs more than the rest of a render;
 * how a key or a text is quoted is many rules, and all theirs.
 */
export function yamlText(objects: readonly object[]): string {
  return objects.map((object) => `${block(object, '')}\n`).join('---\n');
}

function block(value: unknown, indent: string): string {
  if (typeof value === 'string') return text(value, indent);
  if (value === null || typeof value !== 'object') return String(value);
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((item) => `- ${block(item, inner)}`)
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(
          ([name, item]) =>
            `${key(name, indent)}:${isNested(item) ? `\n${inner}` : ' '}${block(item, inner)}`,
        );
  return lines.length > 0 ? lines.join(`\n${indent}`) : Array.isArray(value) ? '[]' : '{}';
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** A reader takes no more than 1024 characters for a key that nothing announces. */
const MAX_IMPLICIT_KEY = 1000;

function key(name: string, indent: string): string {
  let known = keys.get(name);
  if (known === undefined) {
    known =
      mustQuote(name) || name.length > 512 || /[\n%]|^(---|\.\.\.)/.test(name)
        ? quoted(name)
        : written(name, 'v').replace(/: v\n$/, '');
    keys.set(name, known);
  }
  return known.length > MAX_IMPLICIT_KEY ? `? ${known}\n${indent}` : known;
}

function text(value: string, indent: string): string {
  if (mustQuote(value)) return quoted(value);
  let known = texts.get(value);
  if (known === undefined) {
    known = written('k', value).slice('k: '.length).replace(/\n$/, '');
    // A long text is a dashboard or a rule, and there is one of it.
    if (value.length <= 128) texts.set(value, known);
  }
  // A text of several lines comes with the indent of the first level.
  return known.includes('\n') ? known.replace(/\n(?=[^\n])/g, `\n${indent.slice(2)}`) : known;
}

/** As `yaml` writes a key and its text. */
function written(name: string, value: string): string {
  line.key.value = name;
  line.value!.value = value;
  return document.toString(OPTIONS);
}

function mustQuote(value: string): boolean {
  return AMBIGUOUS.test(value) || TAB_FIRST.test(value) || value.search(UNSAFE) >= 0;
}

function quoted(value: string): string {
  return JSON.stringify(value).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
