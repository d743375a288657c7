import { ofKind, type Unsafe } from './transition';
import { all, copies, edits, removes, sets, type Thing } from './tree';

const APPLICATION = 'argocd/Application/seda-production';
const FILE = 'argocd/production.k8s.yaml';

const options = (change: (options: string[]) => string[]) =>
  edits(APPLICATION, ({ spec: { syncPolicy } }: Thing) => {
    syncPolicy.syncOptions = change(syncPolicy.syncOptions);
  });

export const ARGOCD = ofKind<Unsafe>('Argo CD is told something else', [
  {
    name: 'another branch',
    breaks: 6,
    from: 'promoted',
    why: 'what nobody reviewed is applied to production',
    change: sets(APPLICATION, 'spec source targetRevision', 'develop'),
  },
  {
    name: 'whatever the branch of the day is',
    breaks: 6,
    from: 'promoted',
    why: 'HEAD follows the default branch of the repository, whichever it is',
    change: sets(APPLICATION, 'spec source targetRevision', 'HEAD'),
  },
  {
    name: 'a commit of long ago',
    breaks: 6,
    from: 'promoted',
    why: 'production goes back to it, past all gates, and no merge reaches it any more',
    change: sets(APPLICATION, 'spec source targetRevision', '8b50938d1f'),
  },
  {
    name: 'the folder of another environment',
    breaks: 6,
    from: 'promoted',
    why: 'everything of production is pruned',
    change: sets(APPLICATION, 'spec source path', 'dist/sandbox'),
  },
  {
    name: 'the folder above',
    breaks: 6,
    from: 'promoted',
    why: 'dist/ itself has no file, so everything is pruned',
    change: sets(APPLICATION, 'spec source path', 'dist'),
  },
  {
    name: 'another repository',
    breaks: 6,
    from: 'promoted',
    why: 'who owns the fork owns production',
    change: sets(APPLICATION, 'spec source repoURL', 'https://github.com/someone/manifests.git'),
  },
  {
    name: 'another cluster',
    breaks: 6,
    from: 'promoted',
    why: 'production runs twice, and this one follows no commit any more',
    change: sets(APPLICATION, 'spec destination server', 'https://10.0.0.1:6443'),
  },
  {
    name: 'another namespace',
    breaks: 6,
    from: 'promoted',
    why: 'the project refuses it, so no commit is applied any more',
    change: sets(APPLICATION, 'spec destination namespace', 'default'),
  },
  {
    name: 'the project in which everything is allowed',
    breaks: 14,
    from: 'promoted',
    why: 'the project default has no limits',
    change: sets(APPLICATION, 'spec project', 'default'),
  },
  {
    name: 'some of the files alone',
    breaks: 6,
    from: 'promoted',
    why: 'what is not included is pruned: both Deployments',
    change: sets(APPLICATION, 'spec source directory include', '{00,10,30}-*.k8s.yaml'),
  },
  {
    name: 'all files but the Deployments',
    breaks: 6,
    from: 'promoted',
    why: 'what is excluded is pruned',
    change: sets(APPLICATION, 'spec source directory exclude', '20-*'),
  },
  {
    name: 'a second source beside it',
    breaks: 6,
    from: 'promoted',
    why: 'with sources, source is not read: production is what another repository says',
    change: sets(APPLICATION, 'spec sources', [
      {
        repoURL: 'https://github.com/someone/manifests.git',
        targetRevision: 'main',
        path: 'dist/production',
      },
    ]),
  },
  {
    name: 'kustomize changes the image',
    breaks: 12,
    from: 'promoted',
    why: 'what runs is not what was reviewed',
    change: edits(APPLICATION, ({ spec: { source } }: Thing) => {
      delete source.directory;
      source.kustomize = { images: ['ghcr.io/seda-fm/seda-api:9.9.9'] };
    }),
  },
  {
    name: 'every object is deleted and made again',
    breaks: 6,
    from: 'promoted',
    why: 'Replace=true makes Jobs fail, and with Force the switch is gone for a moment',
    change: options((all) => [...all, 'Replace=true']),
  },
  {
    name: 'conflicts are solved by deletion',
    breaks: 6,
    from: 'promoted',
    why: 'Force=true deletes a Deployment whose field cannot be changed, pods and all',
    change: options((all) => [...all, 'Force=true']),
  },
  {
    name: 'what is in sync is not applied again',
    breaks: 5,
    from: 'promoted',
    why: 'on a second attempt the broken target is in sync and no longer holds the switch back',
    change: options((all) => [...all, 'ApplyOutOfSyncOnly=true']),
  },
  {
    name: 'two Applications may share an object',
    breaks: 14,
    from: 'promoted',
    why: 'another Application can take the switch over',
    change: options((all) => all.filter((option) => option !== 'FailOnSharedResource=true')),
  },
  {
    name: 'everything goes with the Application',
    breaks: 6,
    from: 'promoted',
    why: 'who deletes the Application deletes production',
    change: all(
      options((all) => all.filter((option) => option !== 'Delete=false')),
      sets(APPLICATION, 'metadata finalizers', ['resources-finalizer.argocd.argoproj.io']),
    ),
  },
  {
    name: 'the number of replicas stays what it is in the cluster',
    breaks: 8,
    from: 'promoted',
    why: 'a colour that is staged keeps its live 0, is healthy with it, and gets the traffic',
    change: all(
      sets(APPLICATION, 'spec ignoreDifferences', [
        { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] },
      ]),
      options((all) => [...all, 'RespectIgnoreDifferences=true']),
    ),
  },
  {
    name: 'the selector of the switch stays what it is in the cluster',
    breaks: 6,
    from: 'promoted',
    why: 'a rollback in git is not applied',
    change: all(
      sets(APPLICATION, 'spec ignoreDifferences', [
        { group: '', kind: 'Service', jsonPointers: ['/spec/selector'] },
      ]),
      options((all) => [...all, 'RespectIgnoreDifferences=true']),
    ),
  },
  {
    name: 'nothing is synced by itself any more',
    breaks: 6,
    from: 'promoted',
    why: 'a rollback that is merged does not happen',
    change: sets(APPLICATION, 'spec syncPolicy automated enabled', false),
  },
  {
    name: 'no automation at all',
    breaks: 6,
    from: 'promoted',
    why: 'a rollback that is merged does not happen',
    change: sets(APPLICATION, 'spec syncPolicy automated', undefined),
  },
  {
    name: 'an empty folder is applied as well',
    breaks: 6,
    from: 'promoted',
    why: 'Argo CD refuses to prune everything, unless it is told that this is meant',
    change: sets(APPLICATION, 'spec syncPolicy automated allowEmpty', true),
  },
  {
    name: 'the Application is gone',
    breaks: 10,
    from: 'promoted',
    why: 'no commit reaches production any more',
    change: removes(APPLICATION),
  },
  {
    name: 'the Application has another name',
    breaks: 10,
    from: 'promoted',
    why: 'both apply the same objects, and each prunes what the other one tracks',
    change: sets(APPLICATION, 'metadata name', 'production'),
  },
  {
    name: 'a second Application applies another branch to production',
    breaks: 6,
    from: 'promoted',
    why: 'what is on that branch is applied over what was reviewed',
    change: copies(APPLICATION, FILE, (object) => {
      object.metadata.name = 'seda-production-hotfix';
      object.spec.source.targetRevision = 'hotfix';
    }),
  },
]);
