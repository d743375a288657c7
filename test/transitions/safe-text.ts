import { parseAllDocuments } from 'yaml';
import { renderShop, promotedShop, SHOP_LAYOUTS } from './shop';
import { ofKind, type Safe } from './transition';
import {
  all,
  edits,
  editsContainer,
  editsPolicies,
  fileText,
  objectsIn,
  renames,
  rewrites,
  rewritesAll,
  sets,
  setsPod,
  type Thing,
} from './tree';

const BLUE = 'production/Deployment/seda-api-blue';
const SWITCH = 'production/Service/seda-api';
const API = 'production/20-api.k8s.yaml';

/** The same, with the keys of every map in the other order. */
function turned(value: Thing): Thing {
  if (Array.isArray(value)) return value.map(turned);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, turned(item)]),
  );
}

const laidOut = (name: string, from: string, layout: string): Omit<Safe, 'kind'> => ({
  name,
  from,
  change: (tree) => {
    tree.clear();
    for (const [file, text] of SHOP_LAYOUTS[layout]!(renderShop(promotedShop)))
      tree.set(file, text);
  },
});

export const TEXT = ofKind<Safe>('the same, written otherwise', [
  {
    name: 'keys of the serving Deployment in another order',
    from: 'promoted',
    change: edits(BLUE, (object) => {
      object.spec = turned(object.spec);
    }),
  },
  {
    name: 'keys of every object of production in another order',
    from: 'promoted',
    change: (tree) => {
      for (const file of [...tree.keys()])
        if (file.startsWith('production/'))
          tree.set(file, fileText(objectsIn(tree, file).map(turned)));
    },
  },
  {
    name: 'objects of a file in another order',
    from: 'promoted',
    change: (tree) => tree.set(API, fileText(objectsIn(tree, API).reverse())),
  },
  {
    name: 'other quotes',
    from: 'promoted',
    change: rewritesAll('production/', (text) => text.replace(/: "(-?\d+|true)"$/gm, ": '$1'")),
  },
  {
    name: 'as JSON in YAML',
    from: 'promoted',
    change: rewrites('production/30-traffic.k8s.yaml', (text) =>
      parseAllDocuments(text)
        .map((document) => JSON.stringify((document as Thing).toJS()))
        .join('\n---\n'),
    ),
  },
  {
    name: 'comments',
    from: 'promoted',
    change: rewritesAll('production/', (text) => `# rendered by hand\n${text}# the end\n`),
  },
  {
    name: 'an empty document at the end',
    from: 'promoted',
    change: rewritesAll('production/', (text) => `---\n${text}---\n`),
  },
  {
    name: 'a file has another name',
    from: 'promoted',
    change: renames('production/20-', () => 'production/25-pods.k8s.yaml'),
  },
  {
    name: 'two files become one',
    from: 'promoted',
    change: (tree) => {
      const [first, second] = [
        'production/30-traffic.k8s.yaml',
        'production/40-monitoring.k8s.yaml',
      ];
      tree.set(first, `${tree.get(first)}---\n${tree.get(second)}`);
      tree.delete(second);
    },
  },
  {
    name: 'one file for each object',
    from: 'promoted',
    change: (tree) => {
      objectsIn(tree, API).forEach((object, index) =>
        tree.set(`production/20-api-${10 + index}.k8s.yaml`, fileText([object])),
      );
      tree.delete(API);
    },
  },
  {
    name: 'all of production in one file',
    from: 'promoted',
    change: (tree) => {
      const files = [...tree.keys()].filter((file) => file.startsWith('production/'));
      const objects = files.flatMap((file) => objectsIn(tree, file));
      files.forEach((file) => tree.delete(file));
      tree.set('production/all.k8s.yaml', fileText(objects));
    },
  },
  {
    name: 'a file is a List',
    from: 'promoted',
    change: (tree) =>
      tree.set(API, fileText([{ apiVersion: 'v1', kind: 'List', items: objectsIn(tree, API) }])),
  },
  {
    name: 'quantities of the serving pods in other units',
    from: 'promoted',
    change: editsContainer(BLUE, ({ resources }) => {
      resources.requests.cpu = '0.25';
      resources.requests.memory = '262144Ki';
      resources.limits.memory = '0.5Gi';
    }),
  },
  {
    name: 'quantities as numbers',
    from: 'promoted',
    change: editsContainer(BLUE, ({ resources }) => {
      resources.limits.memory = 536870912;
      resources.requests.cpu = 0.25;
    }),
  },
  {
    name: 'defaults of the serving pods written out',
    from: 'promoted',
    change: edits(BLUE, ({ spec }) => {
      spec.paused = false;
      const pod = spec.template.spec;
      pod.dnsPolicy = 'ClusterFirst';
      pod.schedulerName = 'default-scheduler';
      pod.hostNetwork = false;
      const [container] = pod.containers;
      container.terminationMessagePath = '/dev/termination-log';
      container.terminationMessagePolicy = 'File';
      container.readinessProbe.successThreshold = 1;
      container.readinessProbe.httpGet.scheme = 'HTTP';
      container.startupProbe.successThreshold = 1;
    }),
  },
  {
    name: 'defaults of the serving pods left out',
    from: 'promoted',
    change: all(
      setsPod(BLUE, 'restartPolicy', undefined),
      editsContainer(BLUE, (container) => {
        delete container.ports[0].protocol;
        delete container.imagePullPolicy;
        delete container.livenessProbe.failureThreshold;
      }),
    ),
  },
  {
    name: 'defaults of the switch written out',
    from: 'promoted',
    change: edits(SWITCH, ({ spec }) => {
      spec.sessionAffinity = 'None';
      spec.internalTrafficPolicy = 'Cluster';
      spec.publishNotReadyAddresses = false;
    }),
  },
  {
    name: 'defaults of the switch left out',
    from: 'promoted',
    change: edits(SWITCH, ({ spec }) => {
      delete spec.type;
      delete spec.ports[0].protocol;
    }),
  },
  {
    name: 'defaults of a gate written out',
    from: 'promoted',
    change: edits('production/Job/seda-api-gate-blue-*', ({ spec }) => {
      spec.completions = 1;
      spec.parallelism = 1;
      spec.suspend = false;
      spec.completionMode = 'NonIndexed';
    }),
  },
  {
    name: 'empty fields',
    from: 'promoted',
    change: all(
      sets(BLUE, 'metadata finalizers', []),
      sets(SWITCH, 'metadata ownerReferences', []),
      setsPod(BLUE, 'nodeSelector', {}),
      setsPod(BLUE, 'tolerations', []),
    ),
  },
  {
    name: 'fields that are null',
    from: 'promoted',
    change: rewrites(API, (text) =>
      text.replaceAll('restartPolicy: Always', 'nodeSelector: null\n      restartPolicy: Always'),
    ),
  },
  {
    name: 'rules of a policy in another order',
    from: 'promoted',
    change: editsPolicies('production', { app: 'seda-api', version: 'blue' }, ({ spec }) => {
      spec.egress.reverse();
      spec.ingress[0].from.reverse();
    }),
  },
  {
    name: 'the protocol of a policy left out',
    from: 'promoted',
    change: editsPolicies('production', { app: 'seda-api', version: 'blue' }, ({ spec }) => {
      for (const { ports } of [...spec.egress, ...spec.ingress])
        for (const port of ports) if (port.protocol === 'TCP') delete port.protocol;
    }),
  },
  {
    name: 'a short text as a block',
    from: 'promoted',
    change: rewrites('production/10-config.k8s.yaml', (text) =>
      text.replaceAll('LOG_FORMAT: json', 'LOG_FORMAT: |-\n    json'),
    ),
  },
  {
    name: 'the Compose file has a comment more',
    from: 'promoted',
    change: rewrites('compose/development.yaml', (text) => `# for this machine\n${text}`),
  },
  laidOut('a shop becomes one file', 'shop: promoted', ' in one file'),
  laidOut('a shop becomes .yml', 'shop: promoted', ' in .yml'),
  laidOut('a shop becomes a List', 'shop: promoted', ' as a List'),
  laidOut('a shop becomes JSON', 'shop as a List: promoted', ' as JSON'),
  laidOut('a List of a shop becomes files', 'shop as a List: promoted', ''),
]);
