import { ofKind, type Unsafe } from './transition';
import { all, copies, edits, removes, sets, type Thing } from './tree';
import { promotes, rerenders, stages } from './world';

const APPLICATION = 'argocd/Application/seda-production';
const PROJECT = 'argocd/AppProject/seda-production';
const ANNOTATION = 'metadata annotations argocd.argoproj.io';

export const ARGOCD_PROJECT = ofKind<Unsafe>('Argo CD is told something else', [
  {
    name: 'every namespace of every cluster is a destination',
    breaks: 14,
    from: 'promoted',
    why: 'a commit to dist/production may change whatever there is',
    change: sets(PROJECT, 'spec destinations', [{ namespace: '*', server: '*' }]),
  },
  {
    name: 'every repository is a source',
    breaks: 14,
    from: 'promoted',
    why: 'whoever may edit an Application applies what they like',
    change: sets(PROJECT, 'spec sourceRepos', ['*']),
  },
  {
    name: 'every kind of the cluster is allowed',
    breaks: 14,
    from: 'promoted',
    why: 'a commit to dist/production may give itself every right',
    change: sets(PROJECT, 'spec clusterResourceWhitelist', [{ group: '*', kind: '*' }]),
  },
  {
    name: 'Jobs are not allowed any more',
    breaks: 6,
    from: 'promoted',
    why: 'gate and migration are refused, and every sync with them',
    change: edits(PROJECT, ({ spec }: Thing) => {
      spec.namespaceResourceWhitelist = spec.namespaceResourceWhitelist.filter(
        ({ kind }: Thing) => kind !== 'Job',
      );
    }),
  },
  {
    name: 'the project is gone',
    breaks: 10,
    from: 'promoted',
    why: 'an Application without its project is not synced',
    change: removes(PROJECT),
  },
  {
    name: 'no sync at any time, not even by hand',
    breaks: 6,
    from: 'promoted',
    why: 'a rollback that is merged does not happen',
    change: sets(PROJECT, 'spec syncWindows', [
      {
        kind: 'deny',
        schedule: '* * * * *',
        duration: '24h',
        applications: ['*'],
        manualSync: false,
      },
    ]),
  },
  {
    name: 'an ApplicationSet makes Applications of all folders',
    breaks: 6,
    from: 'promoted',
    why: 'a folder that is renamed takes its Application and all that it applied away',
    change: (tree) =>
      copies(APPLICATION, 'argocd/all.k8s.yaml', (object) => {
        const { spec } = object;
        object.kind = 'ApplicationSet';
        object.metadata.name = 'all';
        object.spec = {
          generators: [
            {
              git: {
                repoURL: spec.source.repoURL,
                revision: 'main',
                directories: [{ path: 'dist/*' }],
              },
            },
          ],
          template: { metadata: { name: 'all-{{path.basename}}' }, spec },
        };
      })(tree, undefined),
  },
  {
    name: 'the gate is skipped',
    breaks: 4,
    from: 'staged',
    why: 'a hook of the type Skip is not applied: the switch waits for nobody',
    change: all(
      rerenders(promotes()),
      sets('production/Job/seda-api-gate-blue-*', `${ANNOTATION}/hook`, 'Skip'),
    ),
  },
  {
    name: 'the gate runs after the sync',
    breaks: 5,
    from: 'staged',
    why: 'users have the new pods before anything looked at them',
    change: all(
      rerenders(promotes()),
      sets('production/Job/seda-api-gate-blue-*', `${ANNOTATION}/hook`, 'PostSync'),
    ),
  },
  {
    name: 'the migration runs after the sync',
    breaks: 5,
    from: 'arrived',
    why: 'the pods that need the new column start without it',
    change: all(
      rerenders(stages('production', '1.5.0')),
      sets('production/Job/seda-api-migrate-*@1.5.0', `${ANNOTATION}/hook`, 'PostSync'),
    ),
  },
  {
    name: 'the switch is a hook',
    breaks: 6,
    from: 'promoted',
    why: 'Argo CD deletes a hook before it makes it anew: no Service for a moment',
    change: sets('production/Service/seda-api', `${ANNOTATION}/hook`, 'Sync'),
  },
  {
    name: 'the switch is deleted and made again with each sync',
    breaks: 6,
    from: 'promoted',
    why: 'no Service, and no address, for a moment',
    change: sets(
      'production/Service/seda-api',
      `${ANNOTATION}/sync-options`,
      'Force=true,Replace=true',
    ),
  },
  {
    name: 'the Namespace may be pruned',
    breaks: 6,
    from: 'promoted',
    why: 'one commit without its file deletes everything in it',
    change: sets('production/Namespace/seda-prod', `${ANNOTATION}/sync-options`, undefined),
  },
]);
