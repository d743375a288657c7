import { after, image } from '../fixtures';
import { stageAndPromote } from '../../environments/release-steps';
import { ofKind, type Unsafe } from './transition';
import { all, copies, editsContainer, editsPolicies, removes, sets } from './tree';
import { decides, promotes, records, recordsPair, rerenders, retires, stages } from './world';

// In "staged", green serves and blue is staged; in "promoted", blue serves and green is warm.
const BLUE = 'production/Deployment/seda-api-blue';
const GREEN = 'production/Deployment/seda-api-green';
const SWITCH = 'production/Service/seda-api';
const GATE = 'production/Job/seda-api-gate-blue-*';
const WAVE = 'metadata annotations argocd.argoproj.io/sync-wave';
const FILE = 'production/20-api.k8s.yaml';

/** Moves the traffic as `seda release promote` does, and changes something more. */
const promotion = (change: Unsafe['change']): Unsafe['change'] =>
  all(rerenders(promotes()), change);

export const SWITCH_ITSELF = ofKind<Unsafe>('traffic moves to what is not ready for it', [
  {
    name: 'to a colour without pods',
    breaks: 8,
    from: 'retired',
    why: '503 for every request',
    change: sets(SWITCH, 'spec selector version', 'green'),
  },
  {
    name: 'to a colour that gets its pods in the same step',
    breaks: 8,
    from: 'arrived',
    why: 'nothing was staged that anybody could look at',
    change: (tree, world) =>
      rerenders(
        records('production', (release) =>
          after(
            stageAndPromote({
              environment: world!.environments.find(({ name }) => name === 'production')!,
              release,
              image: image('1.5.0'),
              sourceImage: image('1.5.0'),
            }),
          ),
        ),
      )(tree, world),
  },
  {
    name: 'to the retired colour, which is warmed in the same step',
    breaks: 8,
    from: 'retired',
    why: 'nobody looked at its pods',
    change: rerenders(
      recordsPair((release) => ({
        ...release,
        active: 'green',
        green: { ...release.green, replicas: 3 },
      })),
    ),
  },
  {
    name: 'to a colour that is staged again in the same step',
    breaks: 8,
    from: 'staged',
    why: 'what gets the traffic is not what was looked at',
    change: rerenders(
      decides('production', { config: { LOG_LEVEL: 'debug' } }),
      stages('production', '1.5.0'),
      promotes(),
    ),
  },
  {
    name: 'to a colour with fewer pods than before',
    breaks: 8,
    from: 'staged',
    why: 'one pod gets the load of three',
    change: promotion(sets(BLUE, 'spec replicas', 1)),
  },
  {
    name: 'to a colour with another variable',
    breaks: 8,
    from: 'staged',
    why: 'what gets the traffic is not what was looked at',
    change: promotion(
      editsContainer(BLUE, ({ env }) => env.push({ name: 'FEATURE', value: 'on' })),
    ),
  },
  {
    name: 'to nobody',
    breaks: 1,
    from: 'promoted',
    why: '503 for every request',
    change: sets(SWITCH, 'spec selector version', 'cyan'),
  },
  {
    name: 'and the outgoing colour is retired in the same step',
    breaks: 8,
    from: 'staged',
    why: 'connections that are open break, and no rollback is possible',
    change: rerenders(promotes(), retires()),
  },
  {
    name: 'and the outgoing colour has fewer pods',
    breaks: 8,
    from: 'staged',
    why: 'requests on open connections, and a rollback, meet one pod',
    change: promotion(sets(GREEN, 'spec replicas', 1)),
  },
  {
    name: 'and the outgoing colour gets another image',
    breaks: 8,
    from: 'staged',
    why: 'pods with open connections are replaced, and the rollback leads somewhere else',
    change: promotion(
      editsContainer(GREEN, (container) => {
        container.image = image('1.5.0');
      }),
    ),
  },
  {
    name: 'and the outgoing Deployment is gone',
    breaks: 10,
    from: 'staged',
    why: 'open connections break, and no rollback is possible',
    change: promotion(removes(GREEN)),
  },
  {
    name: 'the serving colour is retired',
    breaks: 7,
    from: 'promoted',
    why: '503 for every request',
    change: rerenders(
      recordsPair((release) => ({
        ...release,
        active: 'green',
        blue: { ...release.blue, replicas: 0 },
      })),
    ),
  },
  {
    name: 'the pods of the colour that gets traffic may all be missing',
    breaks: 8,
    from: 'autoscaled: staged',
    why: 'the autoscaler shrinks it to two pods as soon as it serves',
    change: promotion(
      sets('production/HorizontalPodAutoscaler/seda-api-blue', 'spec minReplicas', 2),
    ),
  },
  {
    name: 'in one step with an autoscaler that starts its pods afterwards',
    breaks: 8,
    from: 'autoscaled: arrived',
    why: 'the gate waits for pods that the autoscaler starts in the last wave',
    change: rerenders(
      stages('production', '1.5.0'),
      recordsPair((release) => ({ ...release, active: 'blue' })),
    ),
  },
]);

export const WAVES = ofKind<Unsafe>('waves are out of order', [
  {
    name: 'the switch comes before the gate',
    breaks: 5,
    from: 'staged',
    why: 'users have the new pods before anything looked at them',
    change: promotion(sets(SWITCH, WAVE, '5')),
  },
  {
    name: 'the switch comes with the pods',
    breaks: 5,
    from: 'staged',
    why: 'in one wave a Service comes before a Deployment',
    change: promotion(sets(SWITCH, WAVE, '0')),
  },
  {
    name: 'the switch has no wave',
    breaks: 5,
    from: 'staged',
    why: 'no wave is wave 0, with the pods',
    change: promotion(sets(SWITCH, WAVE, undefined)),
  },
  {
    name: 'the wave of the switch is a number, not a text',
    breaks: 5,
    from: 'staged',
    why: 'an annotation must be a text: the whole object is refused',
    change: promotion(sets(SWITCH, WAVE, 20)),
  },
  {
    name: 'the pods that get traffic come after the switch',
    breaks: 5,
    from: 'staged',
    why: 'the switch waits for nothing',
    change: promotion(sets(BLUE, WAVE, '30')),
  },
  {
    name: 'the outgoing pods come before the switch',
    breaks: 5,
    from: 'staged',
    why: 'a broken colour holds up the way out of it',
    change: promotion(sets(GREEN, WAVE, '0')),
  },
  {
    name: 'the gate of the outgoing colour comes before the switch',
    breaks: 5,
    from: 'staged',
    why: 'a broken colour holds up the way out of it',
    change: promotion(sets('production/Job/seda-api-gate-green-*', WAVE, '10')),
  },
  {
    name: 'the migration comes after the pods',
    breaks: 5,
    from: 'staged',
    why: 'pods that need a new column start without it',
    change: promotion(sets('production/Job/seda-api-migrate-*@1.5.0', WAVE, '5')),
  },
  {
    name: 'the autoscaler comes before the switch',
    breaks: 5,
    from: 'autoscaled: staged',
    why: 'an autoscaler without metrics is degraded and ends the sync before the switch',
    change: promotion(sets('production/HorizontalPodAutoscaler/seda-api-blue', WAVE, '-10')),
  },
  {
    name: 'the ConfigMap comes after the pods that read it',
    breaks: 5,
    from: 'arrived',
    why: 'the pods of wave 0 wait for what wave 25 brings',
    change: all(
      rerenders(stages('production', '1.5.0')),
      sets('production/ConfigMap/seda-api-blue-config-*', WAVE, '25'),
    ),
  },
  {
    name: 'the policies come last',
    breaks: 5,
    from: 'promoted',
    why: 'on a first install default-deny comes before what it must let through',
    change: editsPolicies('production', { app: 'seda-api', version: 'blue' }, (policy) => {
      policy.metadata.annotations['argocd.argoproj.io/sync-wave'] = '40';
    }),
  },
  {
    name: 'something that never ends comes before the switch',
    breaks: 5,
    from: 'staged',
    why: 'a Job that never ends in wave 15: the sync never ends, and no commit after it is applied',
    change: copies(GATE, FILE, (job) => {
      job.metadata.name = 'seda-api-index-1';
      job.metadata.annotations['argocd.argoproj.io/sync-wave'] = '15';
      job.spec.template.spec.containers[0].command = ['sleep', 'infinity'];
      delete job.spec.activeDeadlineSeconds;
    }),
  },
]);
