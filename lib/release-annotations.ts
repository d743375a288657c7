import type { ApiRevision } from './revision';

/** On a Deployment: the number of its release, which tells which of two colours is older. */
export const RELEASE_ANNOTATION = 'seda.fm/release';

/** On a migration Job: what it does to the schema. */
export const MIGRATION_ANNOTATION = 'seda.fm/migration';

/** On a migration Job that contracts: the release whose code must be the oldest that runs. */
export const EXPANDED_ANNOTATION = 'seda.fm/expanded-in';

/** On a Deployment without colours: it runs the image before the newest, whose migration the schema has. */
export const ROLLED_BACK_ANNOTATION = 'seda.fm/rolled-back';

/** On the pod of a gate Job: the hash of the pod template that it proves. */
export const PROVES_ANNOTATION = 'seda.fm/pod-template-hash';

/** On a Deployment: the environment that must have run its image before. */
export const IMAGE_FROM_ANNOTATION = 'seda.fm/image-from';

/** On a Deployment: why its image did not run there. */
export const SKIPPED_ORDER_ANNOTATION = 'seda.fm/skipped-order';

/** The annotation of a Deployment whose releases are counted; it is not on the pods, which it must not restart. */
export function releaseAnnotation({ release }: ApiRevision): { readonly [key: string]: string } {
  return release === undefined ? {} : { [RELEASE_ANNOTATION]: String(release) };
}

/** Whether a text says why the order was skipped: three letters at least. */
export function isReason(text: string): boolean {
  return text.trim().length >= 3;
}
