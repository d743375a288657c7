import { PLACEHOLDER_DIGEST, parseImage } from './image';
import type { Manifest } from './manifests';
import type { ApiRevision } from './revision';

/** Marks what cannot run yet; nothing that deploys accepts an object that has it. */
export const PLACEHOLDER_ANNOTATION = 'seda.fm/placeholder';

/** The way in which samples name what a person has to fill in, e.g. `your-project-ref`. */
const SAMPLE = /\byour-[a-z]/;

/** True for the all-zero digest that stands for "nothing released yet". */
export function isPlaceholder(image: string): boolean {
  return parseImage(image).digest === PLACEHOLDER_DIGEST;
}

/** What an object waits for. A Deployment without pods may: it runs nothing. */
export function missingIn({ metadata, spec }: Manifest): string[] {
  const missing = metadata.annotations?.[PLACEHOLDER_ANNOTATION];
  return missing === undefined || spec?.replicas === 0 ? [] : missing.split(',');
}

/** The annotation that names what is still missing in a revision; none where nothing is. */
export function placeholderAnnotation(revision: ApiRevision): {
  readonly annotations?: { readonly [key: string]: string };
} {
  const missing = [
    ...(isPlaceholder(revision.image) ? ['image'] : []),
    ...Object.entries(revision.config)
      .filter(([, value]) => SAMPLE.test(String(value)))
      .map(([variable]) => variable),
  ];
  return missing.length === 0
    ? {}
    : { annotations: { [PLACEHOLDER_ANNOTATION]: missing.join(',') } };
}
