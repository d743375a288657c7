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

function parse({ at, text: read }: ManifestFile): Objects {
  const text = read();
  const fault = separatorFault(text);
  if (fault !== undefined) throw new Error(`${at}:${fault}`);
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { version: '1.1', lineCounter });
  if ('empty' in documents) return [];
  return documents.flatMap((document) => {
    const line = lineCounter.linePos(document.contents?.range?.[0] ?? 0).line;
    const [error] = document.errors;
    if (error)
      throw new Error(
        `${at}:${error.linePos?.[0].line ?? line}: is not YAML: ${error.message.split('\n')[0]!.replace(/ at line \d+.*$/, '')}; render it again`,
      );
    const clock = CLOCK.test(text) ? clockIn(document) : undefined;
    if (clock !== undefined)
      throw new Error(
        `${at}:${lineCounter.linePos(clock.offset).line}: is read as a number by some and as a text by kubectl, got ${clock.source}, expected quotes around it or a number; render it again`,
      );
    const value: unknown = document.toJS();
    const objects = value === null ? [] : objectsIn(value, `${at}:${line}`);
    const empty = objects.flatMap(emptyTexts);
    if (empty.length > 0)
      throw new Error(
        `${at}:${line}: ${empty[0]} is null, which Kubernetes takes for an empty text, expected a text; render it again`,
      );
    return objects.map((object) => ({ object, line }));
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
];

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

function clockIn(document: Document.Parsed): { offset: number; source: string } | undefined {
  let found: { offset: number; source: string } | undefined;
  visit(document, {
    Scalar: (_, node) => {
      if (!isScalar(node) || node.type !== 'PLAIN' || typeof node.value !== 'number') return;
      if (!node.source?.includes(':')) return;
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
