import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Manifest } from './manifests';
import { MIGRATION_ANNOTATION } from './release-annotations';
import { type Wave, WAVE_ANNOTATION, WAVES } from './wave-plan';

/**
 * Waves of kinds whose objects are all alike. An Ingress and an HPA wait in the last wave, because
 * neither is healthy before a load balancer or the metrics are there.
 */
const WAVE_OF_KIND: { readonly [kind: string]: Wave } = {
  Namespace: 'prepare',
  ServiceAccount: 'prepare',
  NetworkPolicy: 'prepare',
  ConfigMap: 'prepare',
  Secret: 'prepare',
  ExternalSecret: 'prepare',
  PersistentVolumeClaim: 'prepare',
  Service: 'prepare',
  Deployment: 'target',
};

/** The wave of an object that belongs to a colour, by whether the colour serves. */
export function waveInBundle(
  { kind, metadata }: Pick<Manifest, 'kind' | 'metadata'>,
  serves: boolean,
): Wave {
  // The colour that traffic leaves may be the broken one and must not hold up the switch.
  if (kind === 'Deployment') return serves ? 'target' : 'rest';
  if (kind !== 'Job') return WAVE_OF_KIND[kind] ?? 'rest';
  if (metadata.annotations?.[MIGRATION_ANNOTATION] !== undefined) return 'migrate';
  return serves ? 'gate' : 'rest';
}

/** Puts one object into a wave of its own. */
export function setWave(object: ApiObject, wave: Wave): void {
  object.metadata.addAnnotation(WAVE_ANNOTATION, String(WAVES[wave]));
  object.node.addMetadata(WAVE_ANNOTATION, wave);
}

/** The wave of an object, once it has one. */
export function waveOf(object: ApiObject): Wave | undefined {
  return object.node.metadata.find(({ type }) => type === WAVE_ANNOTATION)?.data as
    Wave | undefined;
}

/**
 * Gives every object below `scope` that has no wave the wave of its kind; kinds without one are the rest. An
 * object whose metadata names a wave keeps it.
 */
export function addWaves(scope: Construct): void {
  for (const object of scope.node.findAll()) {
    if (object instanceof ApiObject && waveOf(object) === undefined && !hasOwnWave(object))
      setWave(object, WAVE_OF_KIND[object.kind] ?? 'rest');
  }
}

function hasOwnWave({ metadata }: ApiObject): boolean {
  const { annotations = {} } = metadata.toJson() as {
    readonly annotations?: { readonly [key: string]: string };
  };
  return WAVE_ANNOTATION in annotations;
}
