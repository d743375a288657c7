import type { BlueGreenRelease } from '../../environments/environment';
import { colour, image, served } from '../fixtures';
import { ofKind, type Unsafe } from './transition';
import { adds, container, edits, editsContainer, rewritesAll, sets, type Thing } from './tree';
import { arrives, records, recordsPair, rerenders, stages } from './world';

/** The record of production, edited by hand and rendered. */
const byHand = (change: (release: BlueGreenRelease) => BlueGreenRelease) =>
  rerenders(recordsPair(change));

const BLUE = 'production/Deployment/seda-api-blue';
const OTHER = `ghcr.io/seda-fm/seda-api:7.7.7@sha256:${'7'.repeat(64)}`;
const FOREIGN = `docker.io/someone/seda-api:1.5.0@sha256:${'150'.padEnd(64, 'a')}`;

// In "promoted", blue serves and green is warm; in "staged", green serves and blue is staged.
export const IMAGES = ofKind<Unsafe>('an image that must not get pods', [
  {
    name: 'the staged image never ran in sandbox',
    breaks: 12,
    from: 'retired',
    why: 'the verb would have refused it; nobody has seen it work',
    change: byHand((release) => ({ ...release, green: colour('7.7.7', 4) })),
  },
  {
    name: 'the staged image never ran in sandbox, although its tag did',
    breaks: 12,
    from: 'retired',
    why: 'a tag says nothing: the digest is what runs',
    change: byHand((release) => ({
      ...release,
      green: {
        ...colour('1.5.0', 4),
        image: `ghcr.io/seda-fm/seda-api:1.5.0@sha256:${'e'.repeat(64)}`,
      },
    })),
  },
  {
    name: 'sandbox gets the image in the commit in which production stages it',
    breaks: 12,
    from: 'retired',
    why: 'it runs in both for the first time',
    change: rerenders(arrives('1.6.0'), stages('production', '1.6.0')),
  },
  {
    name: 'production stages what runs in qa alone',
    breaks: 12,
    from: 'retired',
    why: 'sandbox, with the data that production resembles, never ran it',
    change: rerenders(
      stages('qa', '1.6.0'),
      recordsPair((release) => ({ ...release, green: colour('1.6.0', 4) })),
    ),
  },
  {
    name: 'sandbox runs what never ran in qa',
    breaks: 12,
    from: 'retired',
    why: 'the verb would have refused it',
    change: rerenders(records('sandbox', () => ({ image: image('7.7.7') }))),
  },
  {
    name: 'the staged image is of another repository',
    breaks: 12,
    from: 'staged',
    why: 'anybody may have made it',
    change: rewritesAll('production/', (text) => text.replaceAll(image('1.5.0'), FOREIGN)),
  },
  {
    name: 'sandbox runs an image of another repository',
    breaks: 12,
    from: 'retired',
    why: 'anybody may have made it',
    change: editsContainer('sandbox/Deployment/seda-api-sandbox', (it) => {
      it.image = FOREIGN;
    }),
  },
  {
    name: 'sandbox runs a tag',
    breaks: 12,
    from: 'retired',
    why: 'what the tag means tomorrow, nobody has seen',
    change: editsContainer('sandbox/Deployment/seda-api-sandbox', (it) => {
      it.image = 'ghcr.io/seda-fm/seda-api:1.5.0';
    }),
  },
  {
    name: 'qa runs an image of another repository',
    breaks: 12,
    from: 'retired',
    why: 'anybody may have made it, and it reads the secrets of qa',
    change: editsContainer('qa/Deployment/seda-api-qa', (it) => {
      it.image = FOREIGN;
    }),
  },
  {
    name: 'the staged pods have another image than their gate',
    breaks: 4,
    from: 'staged',
    why: 'what was looked at is not what is promoted',
    change: editsContainer(BLUE, (it) => {
      it.image = OTHER;
    }),
  },
  {
    name: 'a placeholder is staged',
    breaks: 12,
    from: 'retired',
    why: 'no registry has it: the next promotion waits for pods that never start',
    change: byHand((release) => ({ ...release, green: { ...served.green, replicas: 3 } })),
  },
  {
    name: 'an init container of the staged pods is of somebody else',
    breaks: 12,
    from: 'staged',
    why: 'it may have been made by anybody, and has the network of the API',
    change: edits(BLUE, (object: Thing) => {
      object.spec.template.spec.initContainers = [
        { ...container(object), name: 'setup', image: 'docker.io/someone/setup:latest' },
      ];
    }),
  },
  {
    name: 'a CronJob with the secrets of production runs an image of somebody else',
    breaks: 12,
    from: 'promoted',
    why: 'it reads the password of the database',
    change: adds('production/50-report.k8s.yaml', {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'report', namespace: 'seda-prod' },
      spec: {
        schedule: '0 5 * * *',
        jobTemplate: {
          spec: {
            template: {
              metadata: { labels: { app: 'seda-api-migrate' } },
              spec: {
                restartPolicy: 'Never',
                containers: [
                  {
                    name: 'report',
                    image: 'docker.io/someone/report:1.0.0',
                    envFrom: [{ secretRef: { name: 'seda-secrets' } }],
                  },
                ],
              },
            },
          },
        },
      },
    }),
  },
]);

export const IMMUTABLE = ofKind<Unsafe>('a field that never changes', [
  {
    name: 'the idle Deployment selects by one label more',
    breaks: 11,
    from: 'retired',
    why: 'the API server refuses it, and every sync with it',
    change: edits('production/Deployment/seda-api-green', ({ spec }) => {
      spec.selector.matchLabels.slot = 'idle';
      spec.template.metadata.labels.slot = 'idle';
    }),
  },
  {
    name: 'a gate changes under its name',
    breaks: 11,
    from: 'promoted',
    why: 'the template of a Job never changes: the sync fails before the switch',
    change: editsContainer('production/Job/seda-api-gate-green-*', ({ env }) => {
      env.find(({ name }: Thing) => name === 'GATE_SECONDS').value = '400';
    }),
  },
  {
    name: 'a migration changes under its name',
    breaks: 11,
    from: 'retired',
    why: 'the template of a Job never changes: the sync of qa fails',
    change: editsContainer('qa/Job/seda-api-migrate-*', ({ env }) => {
      env.push({ name: 'DEBUG', value: 'prisma:*' });
    }),
  },
  {
    name: 'the pods that are counted get an address',
    breaks: 11,
    from: 'promoted',
    why: 'clusterIP None never changes: the sync fails',
    change: sets('production/Service/seda-api-blue-pods', 'spec clusterIP', undefined),
  },
  {
    name: 'the metrics get an address of their own',
    breaks: 11,
    from: 'retired',
    why: 'clusterIP None never changes: the sync of sandbox fails',
    change: sets('sandbox/Service/seda-api-metrics', 'spec clusterIP', '10.0.0.10'),
  },
  {
    name: 'the ConfigMap of qa changes under its name',
    breaks: 11,
    from: 'retired',
    why: 'immutable data are refused, and the sync with them',
    change: sets('qa/ConfigMap/seda-api-qa-config-*', 'data LOG_FORMAT', 'pretty'),
  },
  {
    name: 'the switch has another first family of addresses',
    breaks: 11,
    from: 'promoted',
    why: 'the first family of a Service never changes: the sync fails at the switch',
    change: sets('production/Service/seda-api', 'spec ipFamilies', ['IPv6']),
  },
  {
    name: 'a gate asks for two completions',
    breaks: 11,
    from: 'promoted',
    why: 'completions never change: the sync fails before the switch',
    change: sets('production/Job/seda-api-gate-blue-*', 'spec completions', 2),
  },
  {
    name: 'the Deployment of a shop selects by an expression',
    breaks: 11,
    from: 'shop: promoted',
    why: 'the API server refuses it, and every apply with it',
    change: edits('shop/Deployment/cart', ({ spec }) => {
      spec.selector = {
        matchExpressions: [{ key: 'app', operator: 'In', values: ['cart', 'basket'] }],
      };
    }),
  },
]);
