import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { contentHash } from './content-hash';
import { GATE_SCRIPT } from './gate-script';
import { imageVersion } from './image';
import { k8s } from './k8s';
import { type Colour, recommendedLabels } from './labels';
import { placeholderAnnotation } from './placeholder';
import { DEFAULT_PORT, type PodProps } from './pod-props';
import { basePodSpec, CONTAINER_SECURITY, imagePullPolicy, quantities, writableVolumes } from './pod-template';
import type { ApiRevision } from './revision';
import { setWave } from './wave';

export interface GateJobProps extends PodProps {
  /** The colour whose pods are asked. */
  readonly colour: Colour;
  /** What the pods run; the gate runs in the same image. */
  readonly revision: ApiRevision;
  /** Name of the headless Service with one DNS record a ready pod. */
  readonly podsService: string;
  /** The colour serves, so that its gate stands before the switch. */
  readonly active: boolean;
}

/** A colour is given time to start: deadline of its Deployment and the seconds until a pod counts. */
const DEADLINE_SECONDS = 420;

/**
 * Proof that a colour can take the traffic: as many ready pods as it is to have, each of which answers
 * its health check and has its database. A plain Job, named by its content like the migration, so that
 * its result stays and a way back finds it complete.
 */
export class GateJob extends Construct {
  constructor(scope: Construct, id: string, props: GateJobProps) {
    super(scope, id);
    const { revision, colour, active } = props;
    const app = `${props.name}-gate`;
    const labels = { app, ...recommendedLabels({ name: props.name, instance: `${app}-${colour}`, component: 'gate', version: imageVersion(revision.image) }) };
    const spec = jobSpec({ ...Chart.of(this).labels, ...labels }, props);
    const job = new k8s.KubeJob(this, 'Resource', {
      metadata: { name: `${app}-${colour}-${contentHash(k8s.KubeJob.manifest({ spec }))}`, labels, ...placeholderAnnotation({ ...revision, config: {} }) },
      spec,
    });
    setWave(job, active ? 'gate' : 'rest');
  }
}

function jobSpec(labels: Record<string, string>, props: GateJobProps): k8s.JobSpec {
  const { revision } = props;
  const { volumes, volumeMounts } = writableVolumes({});
  const env = {
    GATE_HOST: props.podsService,
    GATE_PORT: props.port ?? DEFAULT_PORT,
    GATE_PATH: props.health.readiness,
    GATE_FLOOR: revision.autoscaling?.minReplicas ?? revision.replicas,
    GATE_SECONDS: DEADLINE_SECONDS - 30,
  };
  return {
    // The script itself tries until its time is up; a second pod would begin anew.
    backoffLimit: 0,
    activeDeadlineSeconds: DEADLINE_SECONDS,
    template: {
      metadata: { labels },
      spec: {
        ...basePodSpec(props),
        restartPolicy: 'Never',
        containers: [
          {
            name: 'gate',
            image: revision.image,
            imagePullPolicy: imagePullPolicy(revision),
            command: ['node', '-e', GATE_SCRIPT],
            env: Object.entries(env).map(([name, value]) => ({ name, value: String(value) })),
            resources: quantities({ requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } }),
            securityContext: CONTAINER_SECURITY,
            volumeMounts,
          },
        ],
        volumes,
      },
    },
  };
}
