import { refusals } from './transitions/judge';
import { everyFieldOf, type FieldEdit } from './transitions/every-field';
import { stateOf } from './transitions/states';
import { documentsOf, fileText, parse, type Thing, type Tree } from './transitions/tree';

/*
 * The closed world, counted: every field of every object is taken away, changed and added to by itself. What the check
 * accepts is a snapshot, so that a reviewer sees when it becomes more.
 */

const FOLDERS: readonly (readonly [state: string, folder: string])[] = [
  ['retired', 'production'],
  ['retired', 'qa'],
  ['retired', 'argocd'],
];

test.each(FOLDERS)('what passes of the edits of one field: %s, %s', (name, folder) => {
  const state = stateOf(name);
  const [tree, earlier] = [oneObjectAFile(state.tree()), state.earlier?.() ?? []];
  expect(refusals(tree, tree, earlier)).toEqual([]);
  const accepted = new Map<string, Set<FieldEdit['how']>>();
  for (const [file, text] of tree) {
    if (!file.startsWith(`${folder}/`)) continue;
    const before = parse(text);
    if (isOfColour(before) || isElsewhere(folder, before)) continue;
    for (const { path, how, object } of everyFieldOf(before)) {
      const next = new Map(tree).set(file, fileText([object]));
      if (refusals(tree, next, earlier).length > 0) continue;
      const field = path.map((key) => (typeof key === 'number' ? '[]' : key)).join(' ');
      const key = `${before.kind} ${field}`;
      accepted.set(key, (accepted.get(key) ?? new Set()).add(how));
    }
  }
  const lines = [...accepted].map(([key, how]) => `${key}: ${[...how].sort().join(', ')}`);
  expect(`${lines.sort().join('\n')}\n`).toMatchSnapshot();
});

/** The same manifests, of which an edit leaves all others as they were read. */
function oneObjectAFile(tree: Tree): Tree {
  return new Map(
    [...tree].flatMap(([file, text]) =>
      file.endsWith('.k8s.yaml')
        ? documentsOf(text).map((document, index): [string, string] => [
            file.replace(/\.k8s\.yaml$/, `-${index}.k8s.yaml`),
            document,
          ])
        : [[file, text] as [string, string]],
    ),
  );
}

/** What both environments have alike is asked of one: pods and alerts of qa, and what is around them of production. */
const isElsewhere = (folder: string, { kind }: Thing): boolean =>
  folder !== 'argocd' &&
  (folder === 'production') === ['ConfigMap', 'Deployment', 'Job', 'PrometheusRule'].includes(kind);

/**
 * What belongs to a colour is compared whole, which the steps in test/transitions show; that of one without pods hurts
 * nobody, and is staged anew before it serves.
 */
function isOfColour({ kind, metadata }: Thing): boolean {
  return (
    /-(blue|green)/.test(metadata.name) &&
    (['Deployment', 'Job'].includes(kind) || metadata.name.includes('green'))
  );
}
