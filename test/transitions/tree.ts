import { parseDocument } from 'yaml';
import { yamlText } from '../../lib/yaml-text';
import type { World } from './world';

/** What is below `dist/` in a commit: texts by path. */
export type Tree = Map<string, string>;

/** An object of any kind, also one that a hand has broken. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- an attacker keeps to no type
export type Thing = any;

/** An edit of a tree; the world is what it was rendered from, for edits of the source. */
export type Change = (tree: Tree, world: World | undefined) => void;

/**
 * One object: `production/Service/seda-api`. The name may end in `*` where it has a hash, and in `@1.5.0` where the label
 * of the version tells several.
 */
type Reference = string;

interface Place {
  readonly file: string;
  readonly documents: string[];
  readonly index: number;
}

/** Documents of one object each, as they are rendered. */
export function documentsOf(text: string): string[] {
  return text.split(/^---\n/m);
}

/** Where an object is. Texts are compared before any is parsed, so that hundreds of edits take no time. */
function places(tree: Tree, reference: Reference): Place[] {
  const [environment, kind, ...rest] = reference.split('/');
  const [name = '', version] = rest.join('/').split('@');
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const named = new RegExp(
    `^  name: "?${literal(name.replace(/\*$/, ''))}${name.endsWith('*') ? '' : '"?$'}`,
    'm',
  );
  const versioned = new RegExp(version === undefined ? '' : `/version: ${literal(version)}$`, 'm');
  const ofKind = new RegExp(`^kind: ${kind}$`, 'm');
  return [...tree].flatMap(([file, text]) => {
    if (file !== `${environment}.k8s.yaml` && !file.startsWith(`${environment}/`)) return [];
    const documents = documentsOf(text);
    return documents.flatMap((document, index) =>
      ofKind.test(document) && named.test(document) && versioned.test(document)
        ? [{ file, documents, index }]
        : [],
    );
  });
}

function place(tree: Tree, reference: Reference): Place {
  const found = places(tree, reference);
  if (found.length !== 1)
    throw new Error(`${found.length} objects are ${reference}; there are: ${names(tree)}`);
  return found[0]!;
}

function names(tree: Tree): string {
  return [...tree]
    .flatMap(([file, text]) =>
      documentsOf(text).map(
        (document) =>
          `${file}: ${/^kind: (.*)$/m.exec(document)?.[1]}/${/^ {2}name: (.*)$/m.exec(document)?.[1]}`,
      ),
    )
    .join('\n');
}

export function parse(text: string): Thing {
  const document = parseDocument(text, { version: '1.1' });
  if (document.errors.length > 0) throw document.errors[0]!;
  return document.toJS();
}

/** A copy of the object as it is in the tree. */
export function find(tree: Tree, reference: Reference): Thing {
  const { documents, index } = place(tree, reference);
  return parse(documents[index]!);
}

/** All objects of a file. */
export function objectsIn(tree: Tree, file: string): Thing[] {
  return documentsOf(textOf(tree, file)).map(parse);
}

export function textOf(tree: Tree, file: string): string {
  const text = tree.get(file);
  if (text === undefined) throw new Error(`there is no ${file} in: ${[...tree.keys()].join(', ')}`);
  return text;
}

/** The text of a file that holds these objects. */
export const fileText = (objects: readonly object[]): string => yamlText(objects);

/** Each change, one after the other. */
export const all =
  (...changes: readonly Change[]): Change =>
  (tree, world) =>
    changes.forEach((change) => change(tree, world));

/** Changes an object by hand. */
export const edits =
  (reference: Reference, change: (object: Thing) => void): Change =>
  (tree) => {
    const { file, documents, index } = place(tree, reference);
    const object = parse(documents[index]!);
    change(object);
    documents[index] = yamlText([object]);
    tree.set(file, documents.join('---\n'));
  };

/** Changes the text of an object. */
export const rewritesObject =
  (reference: Reference, change: (text: string) => string): Change =>
  (tree) => {
    const { file, documents, index } = place(tree, reference);
    documents[index] = change(documents[index]!);
    tree.set(file, documents.join('---\n'));
  };

/**
 * Sets one field of an object, by its path with blanks between: `spec ports 0 targetPort`. What is missing on the
 * way is made. `undefined` takes the field, or the element of a list, away; `-` appends.
 */
export const sets = (reference: Reference, path: string, value: unknown): Change =>
  edits(reference, (object) => setIn(object, path, value));

/** Sets one field in each of the objects. */
export const setsAll = (references: readonly Reference[], path: string, value: unknown): Change =>
  all(...references.map((reference) => sets(reference, path, value)));

/** Sets a field of a parsed object; see `sets`. */
export function setIn(object: Thing, path: string, value: unknown): void {
  const keys = path.split(' ');
  const last = keys.pop()!;
  const parent = keys.reduce((at: Thing, key) => (at[key] ??= {}), object);
  if (Array.isArray(parent) && last === '-') parent.push(value);
  else if (Array.isArray(parent) && value === undefined) parent.splice(Number(last), 1);
  else if (value === undefined) delete parent[last];
  else parent[last] = value;
}

/** The first container of a workload. */
export const container = (object: Thing): Thing => object.spec.template.spec.containers[0];

/** Changes the first container of a workload. */
export const editsContainer = (reference: Reference, change: (container: Thing) => void): Change =>
  edits(reference, (object) => change(container(object)));

/** Sets a field of the pods of a workload, by its path below `spec.template.spec`. */
export const setsPod = (reference: Reference, path: string, value: unknown): Change =>
  sets(reference, `spec template spec ${path}`, value);

/** Takes objects out; a file without objects goes with them. */
export const removes = (...references: readonly Reference[]): Change =>
  all(
    ...references.map((reference): Change => (tree) => {
      const { file, documents, index } = place(tree, reference);
      documents.splice(index, 1);
      if (documents.length === 0) tree.delete(file);
      else tree.set(file, documents.join('---\n'));
    }),
  );

/** Adds objects, to a file of theirs or to the end of one that exists. */
export const adds =
  (file: string, ...objects: readonly object[]): Change =>
  (tree) => {
    const before = tree.get(file);
    tree.set(file, `${before === undefined ? '' : `${before}---\n`}${yamlText(objects)}`);
  };

/** Adds a copy of an object, changed. */
export const copies =
  (reference: Reference, file: string, change: (object: Thing) => void): Change =>
  (tree, world) => {
    const object = find(tree, reference);
    change(object);
    adds(file, object)(tree, world);
  };

/** Writes a file. */
export const writes =
  (file: string, text: string): Change =>
  (tree) =>
    void tree.set(file, text);

/** Deletes the files whose path begins so. */
export const deletes =
  (prefix: string): Change =>
  (tree) => {
    for (const file of [...tree.keys()]) if (file.startsWith(prefix)) tree.delete(file);
  };

/** Gives the files whose path begins so another path. */
export const renames =
  (prefix: string, to: (path: string) => string): Change =>
  (tree) => {
    for (const [file, text] of [...tree]) {
      if (!file.startsWith(prefix)) continue;
      tree.delete(file);
      tree.set(to(file), text);
    }
  };

/** Changes the text of a file. */
export const rewrites =
  (file: string, change: (text: string) => string): Change =>
  (tree) =>
    void tree.set(file, change(textOf(tree, file)));

/** Changes the text of every file of an environment. */
export const rewritesAll =
  (prefix: string, change: (text: string, file: string) => string): Change =>
  (tree) => {
    for (const [file, text] of [...tree])
      if (file.startsWith(prefix)) tree.set(file, change(text, file));
  };

/**
 * Changes every NetworkPolicy of an environment that selects pods with these labels, but for one that selects all pods:
 * a policy of all colours and one of each colour alike.
 */
export const editsPolicies =
  (
    environment: string,
    podLabels: { readonly [label: string]: string },
    change: (policy: Thing) => void,
  ): Change =>
  (tree) => {
    let found = 0;
    for (const [file, text] of [...tree]) {
      if (!file.startsWith(`${environment}/`) || !/^kind: NetworkPolicy$/m.test(text)) continue;
      const documents = documentsOf(text).map((document) => {
        if (!/^kind: NetworkPolicy$/m.test(document)) return document;
        const policy = parse(document);
        if (!selects(policy.spec, podLabels)) return document;
        found += 1;
        change(policy);
        return yamlText([policy]);
      });
      tree.set(file, documents.join('---\n'));
    }
    if (found === 0) throw new Error(`no policy of ${environment} selects these pods`);
  };

/** The objects of a kind in an environment. */
export function objectsOf(tree: Tree, environment: string, kind: string): Thing[] {
  const ofKind = new RegExp(`^kind: ${kind}$`, 'm');
  return [...tree]
    .filter(([file]) => file.startsWith(`${environment}/`))
    .flatMap(([, text]) => documentsOf(text).filter((document) => ofKind.test(document)))
    .map(parse);
}

/** The NetworkPolicies that select pods with these labels, but for one that selects all pods. */
export const policiesOf = (
  tree: Tree,
  environment: string,
  podLabels: { readonly [label: string]: string },
): Thing[] =>
  objectsOf(tree, environment, 'NetworkPolicy').filter(({ spec }) => selects(spec, podLabels));

function selects({ podSelector }: Thing, podLabels: { readonly [label: string]: string }): boolean {
  const { matchLabels = {}, matchExpressions = [] } = podSelector;
  const labels = Object.entries(matchLabels);
  if (labels.length + matchExpressions.length === 0) return false;
  return (
    labels.every(([label, value]) => podLabels[label] === value) &&
    matchExpressions.every(({ key, operator, values = [] }: Thing) => {
      const value = podLabels[key];
      if (operator === 'In') return values.includes(value);
      if (operator === 'NotIn') return !values.includes(value);
      return (operator === 'Exists') === (value !== undefined);
    })
  );
}
