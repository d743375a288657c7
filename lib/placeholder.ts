import { PLACEHOLDER_DIGEST, parseImage } from './image';
import type { Manifest } from './manifests';
import type { ApiRevision } from './revision';

/** Marks what cannot run yet; nothing that deploys accepts an object that has it. */
export const PLACEHOLDER_ANNOTATION = 'seda.fm/placeholder';

/**
 * The way in which samples name what a person has to fill in: a value as a whole, e.g. `your-team`, and the
 * reference of a Supabase project in its URL. A domain such as `api.your-company.com` is none.
 */
const SAMPLE = /^your(?:-[a-z0-9]+)+$|\byour-(?:[a-z0-9]+-)*project-ref\b/;

/** True for a setting that a person still has to fill in. */
export function isSample(value: unknown): boolean {
  return SAMPLE.test(String(value));
}

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
      .filter(([, value]) => isSample(value))
      .map(([variable]) => variable),
  ];
  return missing.length === 0
    ? {}
    : { annotations: { [PLACEHOLDER_ANNOTATION]: missing.join(',') } };
}
