import * as fs from 'node:fs';
import {
  type Document,
  isAlias,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseAllDocuments,
  parseDocument,
  visit,
} from 'yaml';
import { oneLine } from '../lib/checks';

/** A record is a page of text; a larger one is a mistake or an attack. */
const MAX_BYTES = 64 * 1024;

/** A record has four levels; a parser that is led far deeper ends the process. */
const MAX_DEPTH = 50;

/** How git marks the sides of a merge that somebody has to resolve. */
const CONFLICT = /^(?:<{7}|={7}|>{7}|\|{7})(?: |\r?$)/;

/** Keys that JavaScript has of its own in every object. */
const INHERITED = ['__proto__', 'constructor', 'prototype'];

/** What became of reading: the text, or what is wrong with the file. */
export type ReadText = { readonly text: string } | { readonly faults: readonly string[] };

/** The text of a file. Never throws: a folder, a link to nowhere or what is no text is a fault. */
export function readText(
  file: string,
  label: string,
  what: string,
  maxBytes = MAX_BYTES,
): ReadText {
  const restore = 'restore it from git';
  const refused = (problem: string) => ({ faults: [`${label}: ${problem}; ${restore}`] });
  try {
    const found = fs.lstatSync(file, { throwIfNoEntry: false });
    if (!found) return refused(`is missing, expected ${what}`);
    const target = fs.statSync(file, { throwIfNoEntry: false });
    if (!target)
      return refused(`is a link to nowhere, got "${fs.readlinkSync(file)}", expected ${what}`);
    if (target.isDirectory()) return refused(`is a folder, expected ${what}`);
    // A pipe would be waited for.
    if (!target.isFile()) return refused(`is no file, expected ${what}`);
    if (target.size > maxBytes)
      return refused(`is too large, got ${target.size} bytes, expected at most ${maxBytes}`);
    return decoded(fs.readFileSync(file), label);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return {
      faults: [`${label}: cannot be read, got ${code}, expected ${what}; look at its permissions`],
    };
  }
}

function decoded(bytes: Buffer, label: string): ReadText {
  const text = bytes.toString('utf8');
  // Every byte that is no UTF-8 becomes the same character.
  const wrong = Buffer.from(text, 'utf8').equals(bytes)
    ? text.indexOf('\0')
    : text.indexOf('\ufffd');
  if (wrong < 0) return { text };
  const line = text.slice(0, wrong).split('\n').length;
  return {
    faults: [`${label}:${line}: is not UTF-8 text, expected YAML in UTF-8; save it as UTF-8`],
  };
}

/** A document with the line of each of its nodes, or what is wrong with its text. */
export type ReadDocument =
  | { readonly document: Document; readonly where: (keys: readonly PropertyKey[]) => string }
  | { readonly faults: readonly string[] };

/** The document in the text of a record, which is plain: without aliases, tags and a second document. */
export function readDocument(label: string, text: string): ReadDocument {
  const before = conflictFault(label, text) ?? depthFault(label, text);
  if (before !== undefined) return { faults: [before] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => `${label}:${lines.linePos(offset).line}`;
  const faults = [...syntaxFaults(document, text, at), ...plainFaults(document, at)];
  if (faults.length > 0) return { faults };
  return { document, where: (keys) => at(offsetOf(document, keys)) };
}

/** One of several documents of a file. */
export interface PlainDocument {
  readonly value: unknown;
  readonly where: (keys: readonly PropertyKey[]) => string;
}

/** The documents in the text of Kubernetes objects, which are plain as well; YAML 1.1, as Kubernetes reads it. */
export function readDocuments(
  label: string,
  text: string,
  expected: string,
): { readonly documents: readonly PlainDocument[] } | { readonly faults: readonly string[] } {
  // Generated text has no brackets but empty ones; what is in a script is no level.
  const before = conflictFault(label, text, expected) ?? depthFault(label, text, true);
  if (before !== undefined) return { faults: [before] };
  const lines = new LineCounter();
  const options = { lineCounter: lines, prettyErrors: false, version: '1.1' } as const;
  const documents = [...parseAllDocuments(text, options)];
  const at = (offset: number) => `${label}:${lines.linePos(offset).line}`;
  const faults = documents.flatMap((document) => [
    ...syntaxFaults(document, text, at),
    ...plainFaults(document, at),
  ]);
  if (faults.length > 0) return { faults };
  return {
    documents: documents.map((document) => ({
      value: document.toJS(),
      where: (keys) => at(offsetOf(document, keys)),
    })),
  };
}

/** Where a value begins, or the nearest one around it. */
function offsetOf(document: Document, keys: readonly PropertyKey[]): number {
  for (let length = keys.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(keys.slice(0, length), true);
    if (isNode(node) && !isAlias(node) && node.range) return node.range[0];
  }
  return 0;
}

/** The sentence about the first conflict marker in a file; `undefined` where there is none. */
export function conflictFault(
  label: string,
  text: string,
  expected = 'the record of one side',
): string | undefined {
  const line = text.split('\n').findIndex((candidate) => CONFLICT.test(candidate));
  return line < 0
    ? undefined
    : `${label}:${line + 1}: has the conflict markers of a merge, expected ${expected}; docs/conflicts.md says how to resolve it`;
}

function depthFault(label: string, text: string, lineByLine = false): string | undefined {
  let depth = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (lineByLine) depth = 0;
    for (const character of line) {
      if (character === '[' || character === '{') depth += 1;
      else if ((character === ']' || character === '}') && depth > 0) depth -= 1;
      if (depth > MAX_DEPTH) break;
    }
    if (depth > MAX_DEPTH || /^(?:[ \t]*[-?:](?=[ \t])){50}/.test(line))
      return `${label}:${index + 1}: is nested too deep, expected at most ${MAX_DEPTH} levels; restore it from git`;
  }
  return undefined;
}

/** The first of what is no YAML, because the rest mostly follows from it, and every key that is there twice. */
function syntaxFaults(
  { errors }: Document.Parsed | Document,
  text: string,
  at: (offset: number) => string,
): string[] {
  const twice = errors.filter(({ code }) => code === 'DUPLICATE_KEY');
  const other = errors.filter(({ code }) => code !== 'DUPLICATE_KEY').slice(0, 1);
  return [
    ...other.map(({ code, message, pos }) =>
      code === 'MULTIPLE_DOCS'
        ? `${at(pos[0])}: begins a second document, expected one record; remove the line or what follows`
        : `${at(pos[0])}: is not valid YAML, ${message.toLowerCase()}; correct the line`,
    ),
    ...twice.map(({ pos }) => {
      const key = /^[^\s:]*/.exec(text.slice(pos[0]))![0];
      return `${at(pos[0])}: has a key twice, got "${oneLine(key)}", expected each key once; keep the one that is right`;
    }),
  ];
}

/** What YAML can do, and no record needs: a tag makes another value of a text, an alias repeats one without a bound. */
function plainFaults(document: Document, at: (offset: number) => string): string[] {
  const faults: string[] = [];
  // What a visitor returns, yaml takes for the place to go on.
  const refuse = (offset: number | undefined, problem: string) =>
    void faults.push(`${at(offset ?? 0)}: ${oneLine(problem)}`);
  visit(document, {
    Alias: (_, { source, range }) =>
      refuse(range?.[0], `has an alias, got "*${source}", expected the value itself; write it out`),
    Pair: (_, { key }) => {
      if (!isNode(key)) return;
      const [offset] = key.range ?? [];
      if (!isScalar(key) || typeof key.value !== 'string')
        refuse(
          offset,
          `has a key that is no text, got ${JSON.stringify(key)}, expected a word; correct it`,
        );
      else if (INHERITED.includes(key.value))
        refuse(offset, `${key.value} is not a known key; remove it`);
    },
    Node: (_, node) => {
      if (!isPair(node) && node.tag !== undefined)
        refuse(
          node.range?.[0],
          `has a tag, got "${node.tag}", expected a plain value; remove the tag`,
        );
    },
  });
  return faults;
}
