import type { Manifest } from '../../lib/manifests';
import type { Rendering } from '../rendering/rendering';
import { type Refusal, refusal } from './refusal';

/** Gated: every colour with pods has a gate that runs its own image. */
export function gateRefusals(next: Rendering): Refusal[] {
  return next
    .ofKind('Deployment')
    .filter(
      (deployment) =>
        deployment.spec?.selector?.matchLabels?.version !== undefined &&
        next.slot(deployment).pods > 0,
    )
    .flatMap((deployment) => {
      const gate = next.gateOf(deployment);
      if (!gate)
        return [
          refusal(
            'no gate',
            deployment,
            'nothing proves that it answers before it takes the traffic',
            'render the gate of every colour that has pods',
          ),
        ];
      const image = (object: Manifest) => object.spec?.template?.spec?.containers?.[0]?.image;
      return image(gate) === image(deployment)
        ? []
        : [
            refusal(
              'no gate',
              gate,
              'it runs another image than the pods it is to prove',
              'render both from one record',
            ),
          ];
    });
}
