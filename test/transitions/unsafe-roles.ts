import { parse } from 'yaml';
import { fileText } from './tree';
import { ofKind, type Unsafe } from './transition';
import {
  adds,
  all,
  type Change,
  copies,
  editsContainer,
  editsPolicies,
  removes,
  sets,
  setsPod,
  type Thing,
} from './tree';

/** Changes the objects of a List as if each file of them were YAML. */
const inList =
  (file: string, change: Change): Change =>
  (tree, world) => {
    const { items } = parse(tree.get(file)!) as { items: Thing[] };
    const opened = new Map([['shop/all.k8s.yaml', fileText(items)]]);
    change(opened, world);
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: opened
        .get('shop/all.k8s.yaml')!
        .split(/^---\n/m)
        .map((text) => parse(text)),
    };
    tree.set(file, file.endsWith('.json') ? JSON.stringify(list, null, 2) : fileText([list]));
  };

const YAML = 'shop/all.yaml';
const JSON_FILE = 'shop/all.json';

// In "promoted", link-preview serves from blue and team-blue from green.
export const ROLES = ofKind<Unsafe>('roles are guessed from names', [
  {
    name: 'link-preview loses its pods',
    breaks: 7,
    from: 'shop: promoted',
    why: 'the switch called link-preview is taken for a preview: 503 for all links',
    change: sets('shop/Deployment/link-preview-blue', 'spec replicas', 0),
  },
  {
    name: 'team-blue loses its pods',
    breaks: 7,
    from: 'shop: promoted',
    why: 'its green colour serves, although its name has "blue"',
    change: sets('shop/Deployment/team-blue-green', 'spec replicas', 0),
  },
  {
    name: 'team-blue gets another image where it serves',
    breaks: 7,
    from: 'shop: promoted',
    why: 'the serving pods are replaced without a gate',
    change: editsContainer('shop/Deployment/team-blue-green', (container) => {
      container.image = `registry.example.com/team-blue:3.2.0@sha256:${'c'.repeat(64)}`;
    }),
  },
  {
    name: 'link-preview has a target port that no pod listens on',
    breaks: 1,
    from: 'shop: promoted',
    why: 'connections are refused: 502 for all links',
    change: sets('shop/Service/link-preview', 'spec ports 0 targetPort', 9999),
  },
  {
    name: 'link-preview selects the pods of team-blue',
    breaks: 8,
    from: 'shop: promoted',
    why: 'links are answered by another API',
    change: sets('shop/Service/link-preview', 'spec selector app', 'team-blue'),
  },
  {
    name: 'links lead to the preview of link-preview',
    breaks: 8,
    from: 'shop: promoted',
    why: 'users get the colour that does not serve',
    change: sets(
      'shop/Ingress/link-preview',
      'spec rules 0 http paths 0 backend service name',
      'link-preview-preview',
    ),
  },
  {
    name: 'the second pair moves to an empty colour',
    breaks: 8,
    from: 'shop: promoted',
    why: 'team-blue has no pods where its traffic goes',
    change: all(
      sets('shop/Deployment/team-blue-blue', 'spec replicas', 0),
      sets('shop/Service/team-blue', 'spec selector version', 'blue'),
    ),
  },
  {
    name: 'both pairs move by hand, in the waves of before',
    breaks: 5,
    from: 'shop: staged',
    why: 'the colours that get traffic are applied after the switch',
    change: all(
      sets('shop/Service/link-preview', 'spec selector version', 'blue'),
      sets('shop/Service/team-blue', 'spec selector version', 'green'),
    ),
  },
  {
    name: 'the ConfigMap of the serving colour of team-blue is gone',
    breaks: 2,
    from: 'shop: promoted',
    why: 'a pod that starts stays in CreateContainerConfigError',
    change: removes('shop/ConfigMap/team-blue-green-config-*'),
  },
  {
    name: 'the gate of link-preview is gone',
    breaks: 4,
    from: 'shop: promoted',
    why: 'nothing looks at the pods before the next switch',
    change: removes('shop/Job/link-preview-gate-blue-*'),
  },
  {
    name: 'the gate of team-blue asks for no pod',
    breaks: 4,
    from: 'shop: staged',
    why: 'it opens for an empty colour',
    change: editsContainer('shop/Job/team-blue-gate-green-*', ({ env }) => {
      env.find(({ name }: Thing) => name === 'GATE_FLOOR').value = '0';
    }),
  },
  {
    name: 'the Deployment of the serving colour of team-blue is renamed',
    breaks: 10,
    from: 'shop: promoted',
    why: 'the old one is pruned while the new one starts',
    change: sets('shop/Deployment/team-blue-green', 'metadata name', 'team-green'),
  },
  {
    name: 'the rolling API of a chart with pairs loses its Service',
    breaks: 10,
    from: 'shop: promoted',
    why: 'the Ingress of cart has no backend: 503',
    change: removes('shop/Service/cart'),
  },
  {
    name: 'the rolling API of a chart with pairs loses its pods',
    breaks: 1,
    from: 'shop: promoted',
    why: 'cart.example.com answers 503',
    change: sets('shop/Deployment/cart', 'spec replicas', 0),
  },
  {
    name: 'one more worker has the labels of link-preview',
    breaks: 8,
    from: 'shop: promoted',
    why: 'the switch selects the worker as well: its share of the links fails',
    change: copies('shop/Deployment/worker', 'shop/50-worker.k8s.yaml', (object) => {
      object.metadata.name = 'warmer';
      object.spec.selector.matchLabels = { worker: 'yes' };
      object.spec.template.metadata.labels = {
        app: 'link-preview',
        version: 'blue',
        worker: 'yes',
      };
    }),
  },
  {
    name: 'a CronJob gets the labels of team-blue',
    breaks: 8,
    from: 'shop: promoted',
    why: 'every morning a pod that listens on no port gets requests',
    change: sets(
      'shop/CronJob/team-blue-migrate-report',
      'spec jobTemplate spec template metadata labels',
      { app: 'team-blue', version: 'green' },
    ),
  },
  {
    name: 'the policy of team-blue selects the idle colour alone',
    breaks: 3,
    from: 'shop: promoted',
    why: 'the default-deny of link-preview closes the namespace for the serving pods',
    change: editsPolicies('shop', { app: 'team-blue', version: 'green' }, (policy) => {
      policy.spec.podSelector = { matchLabels: { app: 'team-blue', version: 'blue' } };
    }),
  },
  {
    name: 'link-preview loses its pods in one file',
    breaks: 7,
    from: 'shop in one file: promoted',
    why: '503 for all links',
    change: sets('shop/Deployment/link-preview-blue', 'spec replicas', 0),
  },
  {
    name: 'team-blue is given a node that there is none of, in one file',
    breaks: 7,
    from: 'shop in one file: promoted',
    why: 'the serving pods are replaced by ones that no node takes',
    change: setsPod('shop/Deployment/team-blue-green', 'nodeSelector', { pool: 'gone' }),
  },
  {
    name: 'links lose their Ingress in a .yml',
    breaks: 9,
    from: 'shop in .yml: promoted',
    why: 'links.example.com answers 404',
    change: removes('shop/Ingress/link-preview'),
  },
  {
    name: 'the switch of team-blue moves in a .yml',
    breaks: 8,
    from: 'shop in .yml: staged',
    why: 'the colour that gets traffic is applied after the switch',
    change: sets('shop/Service/team-blue', 'spec selector version', 'green'),
  },
  {
    name: 'the switch of link-preview selects nobody in a List',
    breaks: 1,
    from: 'shop as a List: promoted',
    why: '503 for all links',
    change: inList(YAML, sets('shop/Service/link-preview', 'spec selector version', 'red')),
  },
  {
    name: 'the ConfigMap of link-preview is gone from a List',
    breaks: 2,
    from: 'shop as a List: promoted',
    why: 'a pod that starts stays in CreateContainerConfigError',
    change: inList(YAML, removes('shop/ConfigMap/link-preview-blue-config-*')),
  },
  {
    name: 'the serving pods of team-blue are scaled to none in JSON',
    breaks: 7,
    from: 'shop as JSON: promoted',
    why: '503 for the team',
    change: inList(JSON_FILE, sets('shop/Deployment/team-blue-green', 'spec replicas', 0)),
  },
  {
    name: 'the probe of link-preview asks another path in JSON',
    breaks: 7,
    from: 'shop as JSON: promoted',
    why: 'the serving pods are replaced by ones that are never ready',
    change: inList(
      JSON_FILE,
      setsPod('shop/Deployment/link-preview-blue', 'containers 0 readinessProbe httpGet path', '/'),
    ),
  },
  {
    name: 'everybody may call every API of the shop',
    breaks: 14,
    from: 'shop: promoted',
    why: 'policies add up: one that allows everything is all that counts',
    change: adds('shop/00-namespace.k8s.yaml', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'allow-all', namespace: 'shop' },
      spec: { podSelector: {}, ingress: [{}], egress: [{}], policyTypes: ['Ingress', 'Egress'] },
    }),
  },
]);
