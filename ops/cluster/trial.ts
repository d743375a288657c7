import { identityOf } from '../../lib/kubernetes/identity';
import type { Manifest } from '../../lib/manifests';
import { WAVE_ANNOTATION } from '../../lib/wave-plan';
import { apply } from './apply';
import { type CallOptions, type Kubectl, type KubectlError, refusalIn } from './kubectl';
import { tryReplacement } from './takeover';

/** What an apply would make of objects, as the API server says without doing it. */
export interface Trial {
  readonly tried: readonly Manifest[];
  /** Identities of objects that hands have changed so that they can be applied only once they were taken over. */
  readonly takenOver: ReadonlySet<string>;
  /** Why others cannot be applied at all, by identity. */
  readonly refused: ReadonlyMap<string, Error>;
}

/** All of them at once; nothing is known of the others where one is refused. */
export async function tryAll(
  kubectl: Kubectl,
  objects: readonly Manifest[],
  options: CallOptions,
): Promise<Trial> {
  const tried = await apply(kubectl, 'the API server refuses dist/', objects, {
    ...options,
    dryRun: true,
  });
  return { tried, takenOver: new Set(), refused: new Map() };
}

/**
 * Finds those that are refused, by halves, for a call has to be made and most are not; and tries them in the place of
 * what is there. To be asked where all at once were refused.
 */
export async function tryEach(
  kubectl: Kubectl,
  objects: readonly Manifest[],
  live: readonly Manifest[],
  options: CallOptions,
): Promise<Trial> {
  const there = new Map(live.map((object) => [identityOf(object), object]));
  const takenOver = new Set<string>();
  const refused = new Map<string, Error>();
  const replace = async (object: Manifest, error: KubectlError): Promise<Manifest[]> => {
    const identity = identityOf(object);
    const found = there.get(identity);
    const replaced =
      found &&
      (await tryReplacement(kubectl, object, found, options).catch(
        (reason: unknown) => void refusalIn(reason),
      ));
    if (replaced === undefined) {
      refused.set(identity, error);
      return found === undefined ? [] : [inWaveOf(object, found)];
    }
    takenOver.add(identity);
    return [replaced];
  };
  const tryPart = async (part: readonly Manifest[]): Promise<Manifest[]> => {
    try {
      return [...(await tryAll(kubectl, part, options)).tried];
    } catch (error) {
      const refusal = refusalIn(error);
      return part.length === 1 ? replace(part[0]!, refusal) : tryHalves(part);
    }
  };
  const tryHalves = async (part: readonly Manifest[]): Promise<Manifest[]> => {
    const middle = Math.ceil(part.length / 2);
    const halves = [part.slice(0, middle), part.slice(middle)];
    return (await Promise.all(halves.filter(({ length }) => length > 0).map(tryPart))).flat();
  };
  return { tried: await tryHalves(objects), takenOver, refused };
}

/** What stays as it is, in the wave that the plan has it in. */
function inWaveOf({ metadata }: Manifest, live: Manifest): Manifest {
  const annotations = {
    ...live.metadata.annotations,
    [WAVE_ANNOTATION]: metadata.annotations?.[WAVE_ANNOTATION] ?? '0',
  };
  return { ...live, metadata: { ...live.metadata, annotations } };
}
