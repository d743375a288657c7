import { COLOURS } from '../../lib/labels';
import type { Manifest } from '../../lib/manifests';
import { calledOf, identityOf } from '../../lib/kubernetes/identity';
import { routesIn } from '../../lib/kubernetes/routes';
import { isPreview } from '../../lib/preview-header';
import { serviceMatches } from '../../lib/kubernetes/selection';

/** One Deployment with what a transition needs to know of it. */
export interface Slot {
  readonly name: string;
  readonly deployment: Manifest;
  /** Pods that it has at least: replicas, or the autoscaler's minimum; 1 where neither says. */
  readonly pods: number;
  readonly scaled: boolean;
  /** Pods that its autoscaler may make of them. */
  readonly most?: number;
  /** Pods that its gate asks for. */
  readonly floor?: number;
  readonly version: string;
}

/** Of a Deployment without the label that says its version. */
export const UNKNOWN_VERSION = 'an unknown version';

/** ConfigMaps and Jobs have a hash of their content at the end of their name: another name is another content. */
export const CONTENT_HASH = /-[0-9a-f]{10}$/;

/** What is no longer rendered, by kind and name. */
interface Left {
  readonly kind: string;
  readonly name: string;
}

/** Another content has taken its place. Every deploy deletes that. */
export function isSuperseded({ kind, name }: Left): boolean {
  return ['ConfigMap', 'Job'].includes(kind) && CONTENT_HASH.test(name);
}

/** A claim is somebody's data. No deploy deletes that, not even with `--prune`. */
export function holdsData({ kind }: Left): boolean {
  return kind === 'PersistentVolumeClaim';
}

/** Whether a deploy deletes what is no longer rendered. */
export function isPruned(left: Left, prune: boolean): boolean {
  return isSuperseded(left) || (prune && !holdsData(left));
}

/** The rendering of one environment, indexed. */
export class Rendering {
  private readonly byName = new Map<string, Manifest>();
  private readonly byIdentity = new Map<string, Manifest>();

  constructor(readonly objects: readonly Manifest[]) {
    for (const object of objects) {
      this.byName.set(calledOf(object), object);
      this.byIdentity.set(identityOf(object), object);
    }
  }

  get(kind: string, name: string): Manifest | undefined {
    return this.byName.get(`${kind}/${name}`);
  }

  /** The object of this rendering that an object of another one is: the same kind, group, namespace and name. */
  sameAs(object: Manifest): Manifest | undefined {
    return this.byIdentity.get(identityOf(object));
  }

  /** Where the environment lives. */
  get namespace(): string | undefined {
    return (
      this.ofKind('Namespace')[0]?.metadata.name ??
      this.objects.find(({ metadata }) => metadata.namespace !== undefined)?.metadata.namespace
    );
  }

  ofKind(kind: string): Manifest[] {
    return this.objects.filter((object) => object.kind === kind);
  }

  /**
   * The Services that have the Deployments of a pair to choose from, one for each pair: they select by colour,
   * and are neither the preview nor one of those that never move.
   */
  switches(): Manifest[] {
    return this.ofKind('Service').filter(
      (service) =>
        service.spec?.selector?.version !== undefined &&
        service.spec.clusterIP !== 'None' &&
        !isFixed(service),
    );
  }

  /** The Services that select the colour that serves nobody. */
  previews(): Manifest[] {
    return this.ofKind('Service').filter(
      (service) =>
        service.spec?.selector?.version !== undefined &&
        service.metadata.name === `${appOf(service)}-preview`,
    );
  }

  /** The switch of the pair that a Deployment belongs to. */
  switchOf(deployment: Manifest): Manifest | undefined {
    const { app, version } = deployment.spec?.selector?.matchLabels ?? {};
    if (app === undefined || version === undefined) return undefined;
    return this.switches().find(({ spec }) => spec.selector.app === app);
  }

  /**
   * Whether requests reach a Deployment: by the switch of its pair or a share of a route, or by any Service where it has no
   * pair.
   */
  serves(deployment: Manifest): boolean {
    const leads = (service: Manifest) => this.slotOf(service)?.name === deployment.metadata.name;
    const active = this.switchOf(deployment);
    if (active === undefined) return this.ofKind('Service').some(leads);
    return leads(active) || this.sharesOf(active).some(leads);
  }

  /** The Services of single colours to which routes of a Gateway lead users, of the pair of a switch. */
  private sharesOf(active: Manifest): Manifest[] {
    const reached = this.ofKind('HTTPRoute')
      .flatMap(routesIn)
      .filter((route) => !isPreview(route) && route.weight > 0);
    const names = COLOURS.map((colour) => `${appOf(active)}-${colour}`);
    return this.ofKind('Service').filter(
      ({ metadata: { name } }) =>
        names.includes(name) && reached.some(({ service }) => service === name),
    );
  }

  /** The Deployment that a Service selects. */
  slotOf(service: Manifest): Slot | undefined {
    const deployment = this.ofKind('Deployment').find(({ spec }) =>
      serviceMatches(service.spec?.selector, spec?.template?.metadata?.labels),
    );
    return deployment && this.slot(deployment);
  }

  slot(deployment: Manifest): Slot {
    const { name } = deployment.metadata;
    const scaler = this.ofKind('HorizontalPodAutoscaler').find(
      ({ spec }) => spec?.scaleTargetRef?.name === name,
    );
    const gate = this.gateOf(deployment);
    const floor = gate?.spec?.template?.spec?.containers?.[0]?.env?.find(
      (variable: { name: string }) => variable.name === 'GATE_FLOOR',
    )?.value;
    return {
      name,
      deployment,
      scaled: scaler !== undefined,
      ...(scaler === undefined ? {} : { most: scaler.spec?.maxReplicas }),
      pods: deployment.spec?.replicas ?? scaler?.spec?.minReplicas ?? 1,
      version: deployment.metadata.labels?.['app.kubernetes.io/version'] ?? UNKNOWN_VERSION,
      ...(floor === undefined ? {} : { floor: Number(floor) }),
    };
  }

  /** The gate Job of a Deployment of a colour. */
  gateOf(deployment: Manifest): Manifest | undefined {
    const { app, version } = deployment.spec?.selector?.matchLabels ?? {};
    return version === undefined
      ? undefined
      : this.ofKind('Job').find(
          ({ metadata }) => metadata.name.replace(CONTENT_HASH, '') === `${app}-gate-${version}`,
        );
  }
}

/** The application of an object: what its label says, or for a Service the pods that it selects. */
export function appOf({ metadata, spec }: Manifest): string | undefined {
  return metadata.labels?.['app.kubernetes.io/name'] ?? spec?.selector?.app;
}

/** A Service of a pair that is not its switch, by its name; an API may itself be called `link-preview` or `team-blue`. */
export function isFixed(service: Manifest): boolean {
  const app = appOf(service);
  return (
    service.spec?.selector?.version !== undefined &&
    ['preview', ...COLOURS].some((role) => service.metadata.name === `${app}-${role}`)
  );
}

/** The pod template as text to compare. */
export function templateOf(deployment: Manifest): string {
  return JSON.stringify(deployment.spec?.template);
}
