import { LineCounter, parseAllDocuments } from 'yaml';
import { conflictFault } from '../../environments/record-text';
import type { Manifest } from '../../lib/manifests';
import type { ManifestFile } from './files';
import { identityOf } from '../../lib/kubernetes/identity';
import { textFault, valueFault } from './read-alike';
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
  const fault = textFault(text);
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
    const differing = valueFault(document, text);
    if (differing !== undefined)
      throw new Error(`${at}:${lineOf(differing.offset)}: ${differing.fault}`);
    return { value: document.toJS() as unknown, line };
  });
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
