import { ARGOCD_FOLDER } from '../../environments/layout';
import { parseImage } from '../../lib/image';
import { openProject } from '../project';
import type { Base } from './base';
import {
  checkSameOutput,
  filesHere,
  filesOf,
  type ManifestFile,
  type ManifestFiles,
} from './files';
import { ManifestParser } from './parse';
import { Rendering } from './rendering';

/** One environment in both renderings; absent where it is not rendered. */
export interface Pair {
  readonly name: string;
  readonly old?: Rendering;
  readonly next?: Rendering;
  /** What it was called in the commit, where it has another name now. */
  readonly formerName?: string;
  /** The files of `next`. */
  readonly files: readonly ManifestFile[];
}

/** The step from a commit to the working tree. */
export interface Step {
  /** Every environment of either side, in the order of their names. */
  readonly names: readonly string[];
  /** Those that differ. */
  readonly changed: readonly Pair[];
  /** What is rendered of an environment in the working tree, whether it differs or not. */
  readonly rendering: (name: string) => Rendering;
  /** The environments whose files in the working tree name one of some words, hosts or namespaces, or one that ends in `below`. */
  readonly naming: (words: readonly string[], below: readonly string[]) => ReadonlySet<string>;
  /** What Argo CD is given; absent where it is given nothing. */
  readonly argocd?: Rendering;
  /** The commit has no manifests at all. */
  readonly isFirst: boolean;
  /** Whether an environment runs an image in the commit, or ran it in one before. */
  readonly ran: (environment: string, image: string) => boolean;
}

/**
 * The output folder of a commit and the one in the working tree, environment by environment. An environment whose files
 * are the same is not read.
 *
 * @throws Error when git does not have the commit, when nothing is rendered here, or when a file cannot be read as manifests
 */
export function loadStep(base: Base): Step {
  const { project, git, ref } = base;
  const here = filesHere(project);
  checkSameOutput(base);
  const before = filesOf(base, here);
  if (here.size === 0)
    throw new Error(
      `${project.output}/ has no manifests, so there is nothing to compare with ${ref}; render them: seda synth`,
    );
  const ran = (environment: string, image: string): boolean => {
    const { digest } = parseImage(image);
    if (digest === undefined) return false;
    return (
      (before.get(environment) ?? []).some((file) => file.text().includes(digest)) ||
      git.everHad(ref, `${project.output}/${environment}`, digest)
    );
  };
  return stepOf(before, here, ran);
}

/**
 * The step from some files to others.
 *
 * @throws Error when a file cannot be read as manifests
 */
export function stepOf(
  before: ManifestFiles,
  here: ManifestFiles,
  ran: Step['ran'],
  parser = new ManifestParser(),
): Step {
  const names = [...new Set([...before.keys(), ...here.keys()])].sort();
  const rendering = (files: readonly ManifestFile[] | undefined) =>
    files === undefined ? undefined : parser.rendering(files);
  const pairs = names
    .filter((name) => !same(before.get(name), here.get(name)))
    .map((name) => ({
      name,
      old: rendering(before.get(name)),
      next: rendering(here.get(name)),
      files: here.get(name) ?? [],
    }));
  const argocd = rendering(here.get(ARGOCD_FOLDER));
  return {
    names,
    changed: withFormerNames(pairs),
    rendering: (name) => parser.rendering(here.get(name) ?? []),
    naming: wordsOf(here),
    ...(argocd === undefined ? {} : { argocd }),
    isFirst: before.size === 0,
    ran,
  };
}

/** A host, a namespace or the uid of a dashboard, as a field, in a list, or in an address. */
const WORD =
  /"?(?:host|namespace|uid)\\?"?: *\\?"?([\w.*-]+)|:\/\/(?:[^\s/@"]*@)?([\w.-]+)|^ *- "?([\w*-]+(?:\.[\w-]+)+)"?$/gm;

/** Finds who names what. All files are looked through once, when somebody asks; none is read as YAML. */
function wordsOf(here: ManifestFiles): Step['naming'] {
  let index: Map<string, Set<string>> | undefined;
  return (words, below) => {
    index ??= indexOf(here);
    const found = words.flatMap((word) => [...(index!.get(word) ?? [])]);
    const others = below.flatMap((end) =>
      [...index!].flatMap(([word, names]) => (word.endsWith(end) ? [...names] : [])),
    );
    return new Set([...found, ...others]);
  };
}

function indexOf(here: ManifestFiles): Map<string, Set<string>> {
  const index = new Map<string, Set<string>>();
  for (const [name, files] of here)
    for (const file of files)
      for (const [, field, address, entry] of file.text().matchAll(WORD)) {
        const word = field ?? address ?? entry ?? '';
        index.set(word, (index.get(word) ?? new Set()).add(name));
      }
  return index;
}

/** A folder or file of another name is the same environment where the namespace is the same. */
function withFormerNames(pairs: readonly Pair[]): Pair[] {
  // What Argo CD is given has a name of its own.
  const gone = pairs.filter(({ next, name }) => next === undefined && name !== ARGOCD_FOLDER);
  const renamed = new Set<string>();
  const named = pairs.map((pair): Pair => {
    const { name, old, next, files } = pair;
    if (old !== undefined || next?.namespace === undefined) return pair;
    const former = gone.find((candidate) => candidate.old!.namespace === next.namespace);
    if (former === undefined) return pair;
    renamed.add(former.name);
    return { name, old: former.old, next, files, formerName: former.name };
  });
  return named.filter(({ name }) => !renamed.has(name));
}

function same(
  before: readonly ManifestFile[] | undefined,
  here: readonly ManifestFile[] | undefined,
): boolean {
  if (before === undefined || here === undefined || before.length !== here.length) return false;
  const content = ({ path, id }: ManifestFile) => `${path} ${id}`;
  const ids = new Set(before.map(content));
  return here.every((file) => ids.has(content(file)));
}

/** What is rendered of one environment here. */
export function loadEnvironment(root: string, name: string): Rendering {
  return new ManifestParser().rendering(filesHere(openProject(root)).get(name) ?? []);
}

/** The names of what is rendered here. */
export function renderedNames(root: string): string[] {
  return [...filesHere(openProject(root)).keys()].sort();
}

/** The objects of files that were rendered and not written. */
export function parseRendering(files: Iterable<readonly [file: string, text: string]>): Rendering {
  return new ManifestParser().rendering(
    [...files].map(([path, text]) => ({ path, at: path, id: path, text: () => text })),
  );
}
