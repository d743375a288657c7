import type { Manifest } from '../../lib/manifests';
import type { Rendering, Slot } from '../rendering/rendering';

/** A switch, and where it leads before and after. */
export interface Flip {
  readonly service: Manifest;
  readonly from: Slot | undefined;
  readonly to: Slot | undefined;
}

/** Where a switch leads in two renderings. */
export function flipOf(service: Manifest, base: Rendering, next: Rendering): Flip {
  const before = base.get(service.kind, service.metadata.name);
  return { service, from: before && base.slotOf(before), to: next.slotOf(service) };
}
