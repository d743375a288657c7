import { ofKind, type Unsafe } from './transition';
import { deletes, fileText, renames, rewrites, rewritesAll, sets, writes } from './tree';

const SWITCH = 'production/Service/seda-api';
const TRAFFIC = 'production/30-traffic.k8s.yaml';

export const UNREAD = ofKind<Unsafe>('nothing was read', [
  {
    name: 'production has no files',
    breaks: 10,
    from: 'promoted',
    why: 'Argo CD prunes everything that serves',
    change: deletes('production/'),
  },
  {
    name: 'dist/ has nothing at all',
    breaks: 10,
    from: 'promoted',
    why: 'Argo CD prunes every environment',
    change: deletes(''),
  },
  {
    name: 'production is comments alone',
    breaks: 10,
    from: 'promoted',
    why: 'a file without objects is a folder without objects',
    change: rewritesAll('production/', (text) => text.replace(/^/gm, '# ')),
  },
  {
    name: 'the files of production are empty',
    breaks: 10,
    from: 'promoted',
    why: 'Argo CD prunes everything that serves',
    change: rewritesAll('production/', () => ''),
  },
  {
    name: 'the files of production say null',
    breaks: 10,
    from: 'promoted',
    why: 'Argo CD prunes everything that serves',
    change: rewritesAll('production/', () => 'null\n'),
  },
  {
    name: 'production is an empty List',
    breaks: 10,
    from: 'promoted',
    why: 'Argo CD prunes everything that serves',
    change: rewritesAll('production/', () =>
      fileText([{ apiVersion: 'v1', kind: 'List', items: [] }]),
    ),
  },
  {
    name: 'the files of production are texts',
    breaks: 6,
    from: 'promoted',
    why: 'no engine reads .txt: Argo CD prunes everything that serves',
    change: renames('production/', (file) => file.replace('.k8s.yaml', '.txt')),
  },
  {
    name: 'the files of production have a capital extension',
    breaks: 6,
    from: 'promoted',
    why: 'no engine reads .YAML: Argo CD prunes everything that serves',
    change: renames('production/', (file) => file.replace('.yaml', '.YAML')),
  },
  {
    name: 'a file of production is not what Argo CD includes',
    breaks: 6,
    from: 'promoted',
    why: 'the Application includes *.k8s.yaml alone, so both Deployments are pruned',
    change: renames('production/20-', () => 'production/20-api.yaml'),
  },
  {
    name: 'a file of production lies a folder deeper',
    breaks: 6,
    from: 'promoted',
    why: 'the Application does not recurse, so both Deployments are pruned',
    change: renames('production/20-', () => 'production/api/20-api.k8s.yaml'),
  },
  {
    name: 'Argo CD is told to skip a file',
    breaks: 6,
    from: 'promoted',
    why: 'a comment takes the Deployments out of the rendering of Argo CD, which prunes them',
    change: rewrites(
      'production/20-api.k8s.yaml',
      (text) => `# +argocd:skip-file-rendering\n${text}`,
    ),
  },
  {
    name: 'the folder of production has another name',
    breaks: 6,
    from: 'promoted',
    why: 'dist/production, which Argo CD applies, does not exist any more',
    change: renames('production/', (file) => file.replace('production/', 'prod/')),
  },
  {
    name: 'the files are in a folder of all environments',
    breaks: 6,
    from: 'promoted',
    why: 'dist/production, which Argo CD applies, does not exist any more',
    change: renames('production/', (file) => `environments/${file}`),
  },
  {
    name: 'a file of production is not YAML',
    breaks: 6,
    from: 'promoted',
    why: 'nothing of the environment is applied any more',
    change: rewrites(TRAFFIC, (text) => text.replace('spec:', 'spec: [')),
  },
  {
    name: 'a file of production has a marker of a merge',
    breaks: 6,
    from: 'promoted',
    why: 'nothing of the environment is applied any more',
    change: rewrites(TRAFFIC, (text) => `<<<<<<< HEAD\n${text}>>>>>>> release\n`),
  },
  {
    name: 'a file of production is a template',
    breaks: 6,
    from: 'promoted',
    why: 'nobody fills it in',
    change: rewrites('production/20-api.k8s.yaml', (text) =>
      text.replace(/image: .*/, 'image: {{ .Values.image }}'),
    ),
  },
  {
    name: 'an object of production has no kind',
    breaks: 6,
    from: 'promoted',
    why: 'nothing of the environment is applied any more',
    change: sets(SWITCH, 'kind', undefined),
  },
  {
    name: 'the List of a shop is empty',
    breaks: 10,
    from: 'shop as a List: promoted',
    why: 'whoever applies it with --prune takes both APIs away',
    change: writes('shop/all.yaml', 'apiVersion: v1\nkind: List\nitems: []\n'),
  },
  {
    name: 'the List of a shop has no items',
    breaks: 10,
    from: 'shop as JSON: promoted',
    why: 'whoever applies it with --prune takes both APIs away',
    change: writes('shop/all.json', '{"apiVersion":"v1","kind":"List"}'),
  },
  {
    name: 'the files of a shop have an extension of backups',
    breaks: 10,
    from: 'shop in .yml: promoted',
    why: 'no engine reads them',
    change: renames('shop/', (file) => `${file}.bak`),
  },
  {
    name: 'the JSON of a shop ends too early',
    breaks: 10,
    from: 'shop as JSON: promoted',
    why: 'nothing of it is applied any more',
    change: rewrites('shop/all.json', (text) => text.slice(0, text.length / 2)),
  },
]);
