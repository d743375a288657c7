import { Construct } from 'constructs';
import { ApiDeployment } from './api-deployment';
import type { IpFamily } from './address-range';
import { apiService } from './api-service';
import { setOwner } from './bundle';
import { fault } from './checks';
import { GateJob } from './gate-job';
import { k8s } from './k8s';
import { Colour, COLOURS, Labels, otherColour, recommendedLabels } from './labels';
import { familyFaults } from './network-checks';
import { DEFAULT_PORT, podFaults, PodProps } from './pod-props';
import { BLUE_GREEN_PAIR_PROPS } from './prop-shapes';
import { checkProps } from './shape';
import { ApiRevision } from './revision';
import { type SharedTraffic, weightFaults, weightsOf, type Weights } from './traffic';
import { addWaves, setWave } from './wave';

/** Which colour serves, and what each of them runs. */
export interface BlueGreenState {
  /** The colour that the Service selects. */
  readonly active: Colour;
  /** All that the environment gives the blue pods. */
  readonly blue: ApiRevision;
  /** All that the environment gives the green pods. */
  readonly green: ApiRevision;
  /**
   * Percent of the requests that each colour gets, where both get some, from a controller with weights: whole numbers
   * from 1 to 99 that sum to 100. The active colour gets at least half of them.
   * @default - all for the active colour
   */
  readonly weights?: Weights;
  /**
   * The newest release whose migration expanded the schema. A migration that contracts is safe only
   * once the colour that it runs beside is at least as new.
   * @default - not known
   */
  readonly expandedIn?: number;
}

/** What a `BlueGreenPair` needs: the pods, the state, and what guards them. */
export interface BlueGreenPairProps extends PodProps, BlueGreenState {
  /**
   * Keep all but one pod of a colour during node drains.
   * @default true
   */
  readonly disruptionBudget?: boolean;
  /**
   * Refuse an image without a digest.
   * @default false
   */
  readonly requireDigest?: boolean;
  /**
   * Address families of the Services. With two
   * families a Service has an address of each, which a cluster with one refuses. The first family of a Service
   * that exists can never change.
   * @default - the cluster's default
   */
  readonly ipFamilies?: readonly IpFamily[];
}

/**
 * Two Deployments of one pod, and the Services around them:
 *
 * - `<name>` selects the active colour: the switch
 * - `<name>-preview` selects the other one
 * - `<name>-blue`, `<name>-green` never move, and are what the preview and a load balancer that must
 *   not see a selector change can rely on
 * - `<name>-blue-pods`, `<name>-green-pods` are headless: one DNS record a ready pod
 *
 * and a gate Job for each colour that has pods, which proves that the colour can take the traffic.
 *
 * Faults of the props are reported by cdk8s when the app is synthesized.
 */
export class BlueGreenPair extends Construct {
  /** The switch. */
  public readonly activeService: k8s.KubeService;

  /** The Service that selects the colour that serves nobody. */
  public readonly previewService: k8s.KubeService;

  /** The Services that never move, by colour. */
  public readonly colourServices: { readonly [colour in Colour]: k8s.KubeService };

  /** How requests are shared between the colours, for a controller that can. */
  public readonly traffic: SharedTraffic;

  /** The Deployments by colour. */
  public readonly colours: { readonly [colour in Colour]: ApiDeployment };

  constructor(scope: Construct, id: string, props: BlueGreenPairProps) {
    super(scope, id);
    checkProps(this, BLUE_GREEN_PAIR_PROPS, props);
    this.node.addValidation({
      validate: () => [
        ...stateFaults(props),
        ...podFaults(props),
        ...familyFaults(props.ipFamilies),
      ],
    });
    const active = props.active === 'green' ? 'green' : 'blue';
    const weights = weightsOf({ ...props, active });

    this.colours = {
      blue: this.colour('blue', weights, props),
      green: this.colour('green', weights, props),
    };
    const [blue, green] = COLOURS.map((colour) => {
      const service = this.colourService(colour, props);
      this.gate(colour, weights, props);
      return service;
    }) as [k8s.KubeService, k8s.KubeService];
    this.colourServices = { blue, green };
    const other = otherColour(active);
    this.traffic = { services: this.colourServices, weights, preview: other };
    this.previewService = this.service('preview', `${props.name}-preview`, other, props);
    this.activeService = this.service('active', props.name, active, props);
    for (const service of [this.previewService, this.activeService]) setWave(service, 'switch');
    addWaves(this);
  }

  private colour(colour: Colour, weights: Weights, props: BlueGreenPairProps): ApiDeployment {
    const deployment = new ApiDeployment(this, colour, {
      ...props,
      deploymentName: `${props.deploymentName ?? props.name}-${colour}`,
      selector: colourSelector(props.name, colour),
      revision: props[colour],
      idle: weights[colour] === 0,
      revisionPath: colour,
    });
    setOwner(deployment, colour);
    return deployment;
  }

  /** Rendered for every colour with replicas, so that a rollback finds its gate already complete. */
  private gate(colour: Colour, weights: Weights, props: BlueGreenPairProps): void {
    const revision = props[colour];
    if (revision.replicas === 0) return;
    const gate = new GateJob(this, `${colour}-gate`, {
      ...props,
      colour,
      revision,
      podTemplateHash: this.colours[colour].podTemplateHash,
      podsService: podsService(props.name, colour),
      otherPodsService: podsService(props.name, otherColour(colour)),
      active: weights[colour] > 0,
    });
    setOwner(gate, colour);
  }

  /** The Services of one colour: with an address and, for the gate, without. */
  private colourService(colour: Colour, props: BlueGreenPairProps): k8s.KubeService {
    const instance = `${props.name}-${colour}`;
    const service = this.service(`${colour}-service`, instance, colour, props);
    apiService(this, `${colour}-pods`, {
      name: podsService(props.name, colour),
      labels: recommendedLabels({ name: props.name, instance, component: 'pods' }),
      selector: colourSelector(props.name, colour),
      port: props.port ?? DEFAULT_PORT,
      headless: true,
      ipFamilies: props.ipFamilies,
    });
    return service;
  }

  private service(
    id: string,
    name: string,
    colour: Colour,
    props: BlueGreenPairProps,
  ): k8s.KubeService {
    return apiService(this, id, {
      name,
      labels: recommendedLabels({ name: props.name, instance: name, component: 'api' }),
      selector: colourSelector(props.name, colour),
      ipFamilies: props.ipFamilies,
    });
  }
}

/** What selects the pods of a colour; the same for ever. */
function colourSelector(name: string, colour: Colour): Labels {
  return { app: name, version: colour };
}

function podsService(name: string, colour: Colour): string {
  return `${name}-${colour}-pods`;
}

function stateFaults(props: BlueGreenPairProps): string[] {
  if (!COLOURS.includes(props.active)) {
    return [
      fault(
        'active',
        'is not a colour',
        props.active,
        COLOURS.join(' or '),
        'name the colour that serves',
      ),
    ];
  }
  return weightFaults(props);
}
