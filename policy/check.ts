import { calledOf } from '../lib/kubernetes/identity';
import { containersOf, podTemplateOf } from '../lib/kubernetes/pods';
import { type LabelSelector, matches } from '../lib/kubernetes/selection';
import type { Manifest } from '../lib/manifests';

/** One thing that is wrong with one object. */
export interface Finding {
  /** `Kind/name` */
  readonly object: string;
  readonly problem: string;
}

/** Something that must hold for the objects of an environment. */
export interface Rule {
  readonly name: string;
  readonly check: (objects: readonly Manifest[]) => Finding[];
}

/** A rule that has a row in the table of what linters check; its name starts with `row-<nn>`. */
export interface Check extends Rule {
  readonly row: number;
}

/** Any part of a manifest, as it was read. */
export type Node = Manifest['spec'];

export type Labels = Readonly<Record<string, string>>;

/** A pod as a template describes it. */
export interface Pod {
  readonly owner: Manifest;
  readonly namespace: string | undefined;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly spec: Node;
  /** Its owner starts it again when it ends. */
  readonly serves: boolean;
}

type Problems<Subject> = (
  subject: Subject,
  objects: readonly Manifest[],
) => readonly (string | false)[];

/** The pods that workloads of any kind make. */
export function podsOf(objects: readonly Manifest[]): Pod[] {
  return objects.flatMap((owner) => {
    const template = podTemplateOf(owner);
    if (!template) return [];
    return {
      owner,
      namespace: owner.metadata.namespace,
      labels: template.metadata?.labels ?? {},
      annotations: template.metadata?.annotations ?? {},
      spec: template.spec ?? {},
      serves: !['Job', 'CronJob', 'Pod'].includes(owner.kind),
    };
  });
}

/** The objects of a kind in the namespace of another object. */
export function siblings(object: Manifest, objects: readonly Manifest[], kind: string): Manifest[] {
  return objects.filter(
    (other) => other.kind === kind && other.metadata.namespace === object.metadata.namespace,
  );
}

/** The pods that a selector takes in the namespace of the object that it belongs to. */
export function podsSelected(
  object: Manifest,
  selector: LabelSelector | undefined,
  objects: readonly Manifest[],
): Pod[] {
  return podsOf(objects).filter(
    ({ namespace, labels }) => namespace === object.metadata.namespace && matches(selector, labels),
  );
}

/** A rule about each object of some kinds; about each object of any kind where none is named. */
export function objectRule(
  name: string,
  kinds: readonly string[],
  problems: Problems<Manifest>,
): Rule {
  return {
    name,
    check: (objects) =>
      objects
        .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
        .flatMap((object) => findings(object, problems(object, objects))),
  };
}

export function objectCheck(
  row: number,
  title: string,
  kinds: readonly string[],
  problems: Problems<Manifest>,
): Check {
  return { row, ...objectRule(rowName(row, title), kinds, problems) };
}

export function podCheck(row: number, title: string, problems: Problems<Pod>): Check {
  return {
    row,
    name: rowName(row, title),
    check: (objects) =>
      podsOf(objects).flatMap((pod) => findings(pod.owner, problems(pod, objects))),
  };
}

/** A check of each container on its own; findings name the container. */
export function containerCheck(
  row: number,
  title: string,
  problems: (container: Node, pod: Pod) => readonly (string | false)[],
): Check {
  return podCheck(row, title, (pod) =>
    containersOf(pod.spec).flatMap((container) =>
      problems(container, pod).map(
        (problem) => problem && `container ${container.name} ${problem}`,
      ),
    ),
  );
}

function rowName(row: number, title: string): string {
  return `row-${String(row).padStart(2, '0')} ${title}`;
}

function findings(object: Manifest, problems: readonly (string | false)[]): Finding[] {
  return problems
    .filter((problem) => typeof problem === 'string')
    .map((problem) => ({ object: calledOf(object), problem }));
}
