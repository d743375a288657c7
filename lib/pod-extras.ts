import { containerManifest, type InitContainer, type Sidecar } from './pod-containers';
import type { PodSettings } from './pod-settings';
import { CONTAINER_SECURITY, plainQuantities } from './pod-template';
import { mountManifests, volumeManifest } from './pod-volumes';

/** A pod as a manifest has it, whose first container is the main one. */
export interface PodManifest {
  readonly containers: { volumeMounts?: object[] }[];
  volumes?: object[];
  initContainers?: object[];
}

/**
 * Adds the volumes, init containers and sidecars of `pod` to a pod that is serialized already: the 1.27
 * types would drop `restartPolicy`, which makes an init container a sidecar.
 *
 * @param migration only what the migration Job has as well
 */
export function addPodExtras(spec: PodManifest, pod: PodSettings, migration = false): void {
  const wanted = (part: { readonly migration?: boolean }) => !migration || part.migration === true;
  const volumes = (pod.volumes ?? []).filter(wanted);
  const names = new Set(volumes.map(({ name }) => name));
  const mounts = (pod.volumeMounts ?? []).filter(({ name }) => !migration || names.has(name));
  const [main] = spec.containers;
  if (main && mounts.length > 0)
    main.volumeMounts = [...(main.volumeMounts ?? []), ...mountManifests(mounts, pod.volumes)];
  if (volumes.length > 0) spec.volumes = [...(spec.volumes ?? []), ...volumes.map(volumeManifest)];
  const before = [
    ...(pod.sidecars ?? []).filter(wanted).map((sidecar) => ({
      ...container(sidecar, pod),
      restartPolicy: 'Always',
    })),
    ...(pod.initContainers ?? []).filter(wanted).map((one) => container(one, pod)),
  ];
  if (before.length > 0) spec.initContainers = before;
}

function container(one: InitContainer | Sidecar, pod: PodSettings): object {
  const mounts = mountManifests(one.volumeMounts, pod.volumes);
  return {
    ...containerManifest(one),
    resources: plainQuantities(one.resources),
    securityContext: {
      ...CONTAINER_SECURITY,
      ...(one.runAsUser === undefined ? {} : { runAsUser: one.runAsUser }),
    },
    ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
  };
}
