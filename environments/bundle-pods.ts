import type { Manifest } from '../lib';
import { podTemplateOf } from '../lib/kubernetes/pods';
import { type Read, readsOf } from '../lib/kubernetes/reads';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- parts of objects of every kind, also those that a hand has broken
export type Node = any;

/** What the pods of a bundle read. */
export function bundleReads(objects: readonly Manifest[]): Read[] {
  return objects.flatMap((object) => readsOf(podTemplateOf(object)?.spec ?? {}));
}
