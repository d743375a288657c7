import { IMAGE_FROM_ANNOTATION } from '../../lib/release-annotations';
import { parseImage } from '../../lib/image';
import type { Pair, Step } from '../rendering/load';
import type { Rendering } from '../rendering/rendering';
import { coloursOf, isMigration, migrationsOf } from './bundle';
import { containerOf } from './job-spec';
import { type Finding, finding } from './rule';

/** Colours that get pods of an image which its environment of origin migrates for, and that do not migrate themselves. */
export function migrationsLeftOut({ old, next }: Pair, { rendering }: Step): Finding[] {
  if (next === undefined) return [];
  const known = new Set(old === undefined ? [] : imagesOf(old));
  return coloursOf(next).flatMap((colour): Finding[] => {
    const image = colour.pod.containers?.[0]?.image ?? '';
    const from = colour.object.metadata.annotations?.[IMAGE_FROM_ANNOTATION];
    if (from === undefined || colour.pods === 0 || known.has(image)) return [];
    if (migrationsOf(next, colour).length > 0 || !migrates(rendering(from), image)) return [];
    return [
      finding(
        colour.object,
        `${from} migrated its schema for ${image}, and here no migration runs before its pods start`,
        'stage it without --migration, so that it is taken over as it was recorded',
      ),
    ];
  });
}

/** The images of colours with pods. */
function imagesOf(rendering: Rendering): string[] {
  return coloursOf(rendering).flatMap(({ pods, pod }) =>
    pods === 0 ? [] : (pod.containers?.[0]?.image ?? []),
  );
}

function migrates(rendering: Rendering, image: string): boolean {
  const { digest } = parseImage(image);
  return rendering
    .ofKind('Job')
    .some(
      (job) =>
        isMigration(job) && digest !== undefined && containerOf(job)?.image?.endsWith(digest),
    );
}
