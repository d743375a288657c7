import { ApiObject, type ApiObjectProps, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { fault } from './checks';
import { notCredentialsAnnotation } from './config-credentials';
import { contentHash, keepContentHash } from './content-hash';
import { k8s } from './k8s';
import { Labels, recommendedLabels } from './labels';
import { placeholderAnnotation } from './placeholder';
import { MIGRATION_CONTAINER } from './migration-job';
import { addPodExtras } from './pod-extras';
import { PodProps, secretEnv, secretKeyFaults } from './pod-props';
import { rolloutSeconds } from './pod-settings';
import { sharedNameFaults } from './pod-settings-checks';
import { podSpec } from './pod-template';
import { releaseAnnotation } from './release-annotations';
import { ApiRevision, revisionFaults, revisionVersion } from './revision';
import { setWave } from './wave';

export interface ApiDeploymentProps extends PodProps {
  /** Name of the Deployment with its colour, e.g. `seda-api-qa` or `seda-api-blue`. */
  readonly deploymentName: string;
  /** Labels that select the pods. They can never change for a Deployment that exists. */
  readonly selector: Labels;
  readonly revision: ApiRevision;
  /**
   * Keep all but one pod during node drains.
   * @default true
   */
  readonly disruptionBudget?: boolean;
  /**
   * Refuse an image without a digest.
   * @default false
   */
  readonly requireDigest?: boolean;
  /**
   * The pods serve nobody: no pods at all is a good number.
   * @default false
   */
  readonly idle?: boolean;
  /**
   * Where faults of the revision are said to be.
   * @default - the construct alone
   */
  readonly revisionPath?: string;
}

/**
 * One Deployment with all that belongs to it alone: configuration, disruption budget, autoscaler.
 *
 * Internal: `SedaApi` and `BlueGreenPair` check what their revisions share; this checks the revision.
 */
export class ApiDeployment extends Construct {
  /** The ConfigMap that the pods read; its name changes with its content. */
  public readonly configMapName: string;

  /** What the pods run. */
  public readonly revision: ApiRevision;

  /** Changes with everything that the Deployment says of its pods, and with nothing else. */
  public readonly podTemplateHash: string;

  /** The Deployment, which `ApiObject.of` of this construct finds as well; patch it for what has no prop. */
  public readonly deployment: ApiObject;

  constructor(scope: Construct, id: string, props: ApiDeploymentProps) {
    super(scope, id);
    this.revision = props.revision;
    const { pod = {} } = props.revision;
    const {
      revision,
      deploymentName,
      disruptionBudget = true,
      requireDigest = false,
      idle = false,
    } = props;
    this.node.addValidation({
      validate: () => [
        ...revisionFaults(props.revisionPath ?? '', revision, {
          requireDigest,
          disruptionBudget,
          idle,
        }),
        ...secretKeysFaults(props),
        ...Object.keys(secretEnv(props.secret, revision))
          .filter((variable) => variable in (revision.config ?? {}))
          .map((variable) =>
            fault(
              'config',
              'has a variable that is a secret',
              variable,
              'one source for each variable',
              'remove it from one of them',
            ),
          ),
        ...sharedNameFaults(props.revisionPath ? `${props.revisionPath}.pod` : 'pod', pod, {
          variables: Object.keys(secretEnv(props.secret, revision)),
          containers: [props.name, MIGRATION_CONTAINER],
        }),
      ],
    });

    const labels = recommendedLabels({
      name: props.name,
      instance: deploymentName,
      component: 'api',
      version: revisionVersion(revision),
    });
    this.configMapName = this.configMap(deploymentName, labels, revision);
    const { deployment, template } = this.pods(props, labels);
    this.deployment = deployment;
    this.podTemplateHash = contentHash(template);
    this.node.defaultChild = deployment;
    if (disruptionBudget) this.budget(deploymentName, labels, props.selector);
    if (revision.autoscaling && revision.replicas > 0)
      this.autoscaler(deploymentName, labels, revision.autoscaling);
  }

  private configMap(deploymentName: string, labels: Labels, revision: ApiRevision): string {
    const data = { ...revision.config };
    const name = `${deploymentName}-config-${contentHash(data)}`;
    const config = new k8s.KubeConfigMap(this, 'config', {
      metadata: { name, labels, ...notCredentialsAnnotation(revision.notCredentials) },
      data,
      immutable: true,
    });
    keepContentHash(config, (manifest) => manifest.data ?? {});
    return name;
  }

  private pods(
    props: ApiDeploymentProps,
    labels: Labels,
  ): { readonly deployment: ApiObject; readonly template: object } {
    const { revision, selector, deploymentName } = props;
    const { pod = {} } = revision;
    const { annotations = {} } = pod;
    const podLabels = { ...labels, ...selector };
    const scaled = revision.autoscaling !== undefined && revision.replicas > 0;
    const manifest = k8s.KubeDeployment.manifest({
      metadata: {
        name: deploymentName,
        labels: podLabels,
        annotations: {
          ...placeholderAnnotation(revision).annotations,
          ...releaseAnnotation(revision),
        },
      },
      spec: {
        ...(scaled ? {} : { replicas: revision.replicas }),
        selector: { matchLabels: { ...selector } },
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: {
            maxUnavailable: k8s.IntOrString.fromNumber(0),
            maxSurge: k8s.IntOrString.fromNumber(1),
          },
        },
        minReadySeconds: 10,
        progressDeadlineSeconds: rolloutSeconds(pod),
        revisionHistoryLimit: 5,
        // cdk8s gives a chart's labels to objects alone, not to the pods that they make.
        template: {
          metadata: {
            labels: { ...pod.labels, ...Chart.of(this).labels, ...podLabels },
            ...(Object.keys(annotations).length === 0 ? {} : { annotations: { ...annotations } }),
          },
          spec: podSpec(props, revision, this.configMapName, selector),
        },
      },
    });
    // `preStop.sleep` is newer than the 1.27 types, whose serializer drops it, so it is added behind them.
    manifest.spec.template.spec.containers[0].lifecycle = {
      preStop: { sleep: { seconds: props.preStopSeconds ?? 15 } },
    };
    addPodExtras(manifest.spec.template.spec, pod);
    const deployment = new ApiObject(this, 'deployment', manifest as ApiObjectProps);
    // The colour that traffic leaves may be the broken one and must not hold up the switch.
    setWave(deployment, props.idle ? 'rest' : 'target');
    return { deployment, template: manifest.spec.template };
  }

  private budget(name: string, labels: Labels, selector: Labels): void {
    new k8s.KubePodDisruptionBudget(this, 'budget', {
      metadata: { name, labels },
      spec: {
        maxUnavailable: k8s.IntOrString.fromNumber(1),
        selector: { matchLabels: { ...selector } },
        // A pod that is broken anyway must not block a node drain.
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      },
    });
  }

  private autoscaler(
    name: string,
    labels: Labels,
    autoscaling: NonNullable<ApiRevision['autoscaling']>,
  ): void {
    const { minReplicas, maxReplicas, targetCpuPercent = 70 } = autoscaling;
    new k8s.KubeHorizontalPodAutoscalerV2(this, 'autoscaler', {
      metadata: { name, labels },
      spec: {
        minReplicas,
        maxReplicas,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        metrics: [
          {
            type: 'Resource',
            resource: {
              name: 'cpu',
              target: { type: 'Utilization', averageUtilization: targetCpuPercent },
            },
          },
        ],
      },
    });
  }
}

/** The faults of keys that a revision reads from the Secret of its workload. */
function secretKeysFaults({ secret, revision, revisionPath }: ApiDeploymentProps): string[] {
  const { secretKeys = {} } = revision;
  const at = revisionPath ? `${revisionPath}.secretKeys` : 'secretKeys';
  const names = Object.keys(secretKeys);
  if (secret === undefined)
    return names.length === 0
      ? []
      : [
          fault(
            at,
            'has no Secret',
            names,
            'the prop secret',
            'name the Secret, or remove the keys',
          ),
        ];
  return [
    ...secretKeyFaults(at, secretKeys),
    ...names
      .filter((name) => Object.hasOwn(secret.env, name))
      .map((name) =>
        fault(at, 'is set already', name, 'variables that secret.env does not have', 'remove it'),
      ),
  ];
}
