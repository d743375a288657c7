import { type Document, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';
import { conflictFault } from '../../environments/record-text';
import type { Manifest } from '../../lib/manifests';
import type { ManifestFile } from './files';
import { identityOf } from '../../lib/kubernetes/identity';
import { Rendering } from './rendering';

type Objects = readonly { readonly object: Manifest; readonly line: number }[];

/** Reads files of manifests; contents that several of them have are read once. */
export class ManifestParser {
  private readonly contents = new Map<string, Objects>();

  /**
   * The objects of an environment, as kubectl and Argo CD take them.
   *
   * @throws Error for what they would not take: text that is no YAML, what is no object, one object twice, conflicts that a merge left
   */
  rendering(files: readonly ManifestFile[]): Rendering {
    const conflicts = files.flatMap(
      (file) => conflictFault(file.at, file.text(), 'a rendered file') ?? [],
    );
    if (conflicts.length > 0) throw new Error(conflicts.join('\n'));
    const places = new Map<string, string>();
    const objects = files.flatMap((file) =>
      this.objects(file).map(({ object, line }) => {
        const [identity, place] = [identityOf(object), `${file.at}:${line}`];
        const other = places.get(identity);
        if (other !== undefined)
          throw new Error(
            `${place}: is ${identity}, which ${other} is as well, expected each object once; remove one of them`,
          );
        places.set(identity, place);
        return object;
      }),
    );
    return new Rendering(objects);
  }

  private objects(file: ManifestFile): Objects {
    const known = this.contents.get(file.id);
    if (known) return known;
    const read = parse(file);
    this.contents.set(file.id, read);
    return read;
  }
}

function parse(file: ManifestFile): Objects {
  return readDocuments(file).flatMap(({ value, line }) => {
    const place = `${file.at}:${line}`;
    const objects = value === null ? [] : objectsIn(value, place);
    const empty = objects.flatMap(emptyTexts);
    if (empty.length > 0)
      throw new Error(
        `${place}: ${empty[0]} is null, which Kubernetes takes for an empty text, expected a text; render it again`,
      );
    return objects.map((object) => ({ object, line }));
  });
}

/**
 * The documents of a file, as every reader of YAML takes them.
 *
 * @throws Error for a text that is no YAML, or that readers take differently, with its line
 */
export function readDocuments({
  at,
  text: read,
}: ManifestFile): { readonly value: unknown; readonly line: number }[] {
  const text = read();
  const fault = separatorFault(text);
  if (fault !== undefined) throw new Error(`${at}:${fault}`);
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { version: '1.1', lineCounter });
  if ('empty' in documents) return [];
  const lineOf = (offset: number) => lineCounter.linePos(offset).line;
  return documents.map((document) => {
    const line = lineOf(document.contents?.range?.[0] ?? 0);
    const [error] = document.errors;
    if (error)
      throw new Error(
        `${at}:${error.linePos?.[0].line ?? line}: is not YAML: ${error.message.split('\n')[0]!.replace(/ at line \d+.*$/, '')}; render it again`,
      );
    const clock = CLOCK.test(text) ? clockIn(document) : undefined;
    if (clock !== undefined)
      throw new Error(
        `${at}:${lineOf(clock.offset)}: is read as a number by some and as a text by kubectl, got ${clock.source}, expected quotes around it or a number; render it again`,
      );
    const ambiguous = HAS_AMBIGUOUS.test(text) ? ambiguousIn(document) : undefined;
    if (ambiguous !== undefined)
      throw new Error(
        `${at}:${lineOf(ambiguous.offset)}: is not the same for all readers of YAML, got ${ambiguous.source}, expected quotes around it; render it again`,
      );
    return { value: document.toJS() as unknown, line };
  });
}

/** What YAML has only as an escape: controls, halves of characters, and what is no character. */
const UNPRINTABLE =
  /[\0-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** What readers of YAML take for the end of a line or of a document, and kubectl, which looks for lines of `---`, does not, or the other way round. */
const SEPARATORS: readonly (readonly [RegExp, string])[] = [
  // A CR that is no part of CR LF ends a line for Go, and is part of a comment for others.
  [
    /[\u0085\u2028\u2029]|\r(?!\n)/,
    'has a character that only some readers take for the end of a line',
  ],
  [UNPRINTABLE, 'has a character that kubectl reads in no place, also not in a comment'],
  [/^\.\.\.(?=\s|$)/m, 'ends a document with "...", after which kubectl reads no object'],
  [
    /^---[^\S\n]*[^\s]/m,
    'has something behind "---", which kubectl takes for no beginning of an object',
  ],
  [/^%/m, 'has a directive, which kubectl does not read'],
  [
    // As block texts are written whose first line begins with a tab, blank lines before it or not.
    /(?:: |- |^)[|>][-+\d]*[ \t]*\n(?: *\n)* *\t/m,
    'has a text that begins with a tab, which kubectl takes for a fault of indentation',
  ],
];

/** What some readers take for a number, a merge or a default, and others for a text; where it is a text, it has quotes. */
const AMBIGUOUS = /^(?:0o[0-7]+|=|<<)$/;
const HAS_AMBIGUOUS = /(?:0o[0-7]+|=|<<) *$/m;

function separatorFault(text: string): string | undefined {
  for (const [pattern, problem] of SEPARATORS) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const line = text.slice(0, found.index).split('\n').length;
    return `${line}: ${problem}, expected objects between lines of "---"; render it again`;
  }
  return undefined;
}

/** A time of day, or a port mapping, that YAML 1.1 has as a number to the base of 60. */
const CLOCK = /(?:^|[\s[{,])[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?(?:[\s\]},]|$)/m;

interface Found {
  readonly offset: number;
  readonly source: string;
}

function clockIn(document: Document.Parsed): Found | undefined {
  return plainIn(document, (source, value) => typeof value === 'number' && source.includes(':'));
}

function ambiguousIn(document: Document.Parsed): Found | undefined {
  return plainIn(document, (source) => AMBIGUOUS.test(source));
}

/** The first value without quotes that a condition holds for. */
function plainIn(
  document: Document.Parsed,
  condition: (source: string, value: unknown) => boolean,
): Found | undefined {
  let found: Found | undefined;
  visit(document, {
    Scalar: (_, node) => {
      if (!isScalar(node) || node.type !== 'PLAIN' || node.source === undefined) return;
      if (!condition(node.source, node.value)) return;
      found = { offset: node.range?.[0] ?? 0, source: node.source };
      return visit.BREAK;
    },
  });
  return found;
}

/** The texts that are null where Kubernetes has a map of texts. */
function emptyTexts({ metadata, spec, data }: Manifest): string[] {
  const template = spec?.template?.metadata;
  const maps: Record<string, unknown> = {
    'metadata.labels': metadata.labels,
    'metadata.annotations': metadata.annotations,
    'spec.selector': spec?.selector?.matchLabels ?? spec?.selector,
    'spec.podSelector': spec?.podSelector?.matchLabels,
    'spec.template.metadata.labels': template?.labels,
    data,
  };
  return Object.entries(maps).flatMap(([where, map]) =>
    Object.entries(Object(map) as object)
      .filter(([, value]) => value === null)
      .map(([key]) => `${where}.${key}`),
  );
}

/** The object, or those of a List. */
function objectsIn(value: unknown, place: string): Manifest[] {
  const { apiVersion, kind, items, metadata } = Object(value) as Partial<Manifest>;
  if (typeof apiVersion === 'string' && typeof kind === 'string') {
    if (kind.endsWith('List') && Array.isArray(items))
      return items.flatMap((item) => objectsIn(item, place));
    if (typeof metadata?.name === 'string' && metadata.name !== '') return [value as Manifest];
  }
  throw new Error(
    `${place}: is no object of Kubernetes, expected apiVersion, kind and metadata.name; render it again, or keep it out of the output folder`,
  );
}
