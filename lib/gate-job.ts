import { Construct } from 'constructs';
import { GATE_SCRIPT } from './gate-script';
import { type Colour, recommendedLabels } from './labels';
import { DEFAULT_PORT, type PodProps } from './pod-props';
import { rolloutSeconds } from './pod-settings';
import { quantities } from './pod-template';
import { PROVES_ANNOTATION } from './release-annotations';
import { type ApiRevision, revisionVersion } from './revision';
import { runOnceJob } from './run-once-job';
import { setWave } from './wave';

export interface GateJobProps extends PodProps {
  /** The colour whose pods are asked. */
  readonly colour: Colour;
  /** What the pods run; the gate runs in the same image. */
  readonly revision: ApiRevision;
  /** Hash of the pod template that is proved. */
  readonly podTemplateHash: string;
  /** Name of the headless Service with one DNS record for each ready pod and IP family. */
  readonly podsService: string;
  /** The same of the other colour. */
  readonly otherPodsService: string;
  /** The colour serves, so that its gate stands before the switch. */
  readonly active: boolean;
}

/** Beyond the deadline of the Deployment: the seconds until a pod counts, and until the gate itself runs. */
const MARGIN_SECONDS = 120;

/**
 * Proof that a colour can take the traffic: as many ready pods as it is to have, each of which answers
 * its health check. Its result stays, so that a rollback finds it complete. Its name changes with all that the result
 * depends on: the pod template that it proves (image, configuration, version of the secrets, resources, probes), the
 * number of pods, and what it asks. So a completed gate never stands for pods that it has not asked, and a promotion
 * or a rollback, which change none of it, do not run it again.
 */
export class GateJob extends Construct {
  constructor(scope: Construct, id: string, props: GateJobProps) {
    super(scope, id);
    const { revision, colour, active } = props;
    const { checks = [] } = props.health;
    const app = `${props.name}-gate`;
    const deadlineSeconds = rolloutSeconds(revision.pod ?? {}) + MARGIN_SECONDS;
    const env = {
      GATE_HOST: props.podsService,
      GATE_PORT: props.port ?? DEFAULT_PORT,
      GATE_PATH: props.health.readiness,
      ...(checks.length > 0 ? { GATE_CHECKS: checks.join(',') } : {}),
      GATE_FLOOR: revision.autoscaling?.minReplicas ?? revision.replicas,
      // An autoscaler acts in the last wave, and a Deployment without replicas starts with one pod: where
      // nobody serves yet, one pod is better than none.
      ...(revision.autoscaling ? { GATE_OTHER: props.otherPodsService } : {}),
      GATE_SECONDS: deadlineSeconds - 30,
    };
    const job = runOnceJob(this, {
      name: `${app}-${colour}`,
      labels: {
        app,
        version: colour,
        ...recommendedLabels({
          name: props.name,
          instance: `${app}-${colour}`,
          component: 'gate',
          version: revisionVersion(revision),
        }),
      },
      podAnnotations: { [PROVES_ANNOTATION]: props.podTemplateHash },
      pod: props,
      // The gate reads none of the settings and writes nothing.
      revision: { ...revision, config: {}, writablePaths: {} },
      container: {
        name: 'gate',
        command: ['node', '-e', GATE_SCRIPT],
        env: Object.entries(env).map(([name, value]) => ({ name, value: String(value) })),
        resources: quantities({
          requests: { cpu: '50m', memory: '64Mi' },
          limits: { memory: '128Mi' },
        }),
      },
      // The script itself tries until its time is up; a second pod would begin anew.
      backoffLimit: 0,
      deadlineSeconds,
    });
    setWave(job, active ? 'gate' : 'rest');
  }
}
