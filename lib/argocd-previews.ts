import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { type ApplicationSpec, toJson_ApplicationSpec } from '../imports/argoproj.io';
import {
  applicationSpec,
  type ArgoCdSource,
  COMPARE_ANNOTATION,
  sourceFaults,
} from './argocd-application';
import type { ArgoCdProject } from './argocd-project';
import { checkName, checkWholeNumber, fault } from './checks';
import { ARGOCD_PREVIEWS_PROPS } from './argocd-shapes';
import { checkProps } from './shape';

/** Pull requests on GitHub that get a preview. */
export interface PullRequests {
  /** Organization or user. */
  readonly owner: string;
  /** Its repository with the code of the API, without the owner. */
  readonly repository: string;
  /** Label that asks for a preview; whoever may set it may start one. */
  readonly label: string;
  /**
   * Secret in the namespace of Argo CD with a token that may read the pull requests.
   * @default - none; enough for a public repository, within the rate limit of anonymous requests
   */
  readonly token?: { readonly secretName: string; readonly key: string };
  /**
   * Seconds between two looks at the open pull requests.
   * @default 300
   */
  readonly intervalSeconds?: number;
}

/**
 * Who makes the namespaces of previews: an Application of its own for each, which reads what was reviewed. A branch that may
 * bring its own Namespace chooses the Pod Security of its pods, and an Application that makes the namespace by itself needs a
 * project that allows a Namespace, which then may come from the branch as well.
 */
export interface PreviewNamespaces {
  /** Their AppProject, which allows the Namespace and what `path` holds. */
  readonly project: ArgoCdProject;
  /** Branch that is reviewed, e.g. `main`. */
  readonly revision: string;
  /** Folder there with what each of these namespaces gets, such as a ResourceQuota; Argo CD syncs no empty folder. */
  readonly path: string;
  /** Labels of each Namespace, e.g. for Pod Security. */
  readonly labels: { readonly [label: string]: string };
}

/** What `ArgoCdPreviews` need. A `*` in the names, and in those of the project, stands for the number of the pull request. */
export interface ArgoCdPreviewsProps extends ArgoCdSource {
  /** Name of the ApplicationSet, and with `*` of each Application, e.g. `shop-preview-*`. */
  readonly name: string;
  readonly pullRequests: PullRequests;
  readonly namespaces: PreviewNamespaces;
}

/** The only thing that a pull request decides: its author chooses every other text, this one GitHub counts. */
const NUMBER = '{{.number}}';

const numbered = (text: string): string => text.replaceAll('*', NUMBER);

/**
 * Two Applications for each open pull request with a label: one makes the namespace, as it was reviewed, and one applies the
 * branch, which may bring nothing outside of it. They go with the label or the pull request, and everything that they
 * applied goes with them.
 */
export class ArgoCdPreviews extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ArgoCdPreviewsProps,
  ) {
    super(scope, id);
    checkProps(this, ARGOCD_PREVIEWS_PROPS, props);
    this.node.addValidation({ validate: () => faults(props) });
    const { namespaces, project, revision, path } = props;
    // GitHub is asked for each; the namespace comes before the branch has run out of retries.
    this.applicationSet(
      'Namespaces',
      `${props.name}-namespace`,
      60,
      this.namespaceSpec(namespaces),
    );
    this.applicationSet(
      'Resource',
      props.name,
      props.pullRequests.intervalSeconds ?? 300,
      applicationSpec(
        { ...props, revision: numbered(revision), path: numbered(path) },
        numbered(project.props.namespace),
      ),
    );
  }

  private namespaceSpec({ labels, ...source }: PreviewNamespaces): ApplicationSpec {
    const namespace = numbered(this.props.project.props.namespace);
    const name = numbered(`${this.props.name}-namespace`);
    const spec = applicationSpec(source, namespace, ['CreateNamespace=true']);
    return {
      ...spec,
      syncPolicy: {
        ...spec.syncPolicy,
        managedNamespaceMetadata: {
          labels: Object.fromEntries(
            Object.entries(labels).map(([label, value]) => [label, numbered(value)]),
          ),
          // A namespace that Argo CD makes by itself would stay; with this mark it is the Application's, and goes with it.
          annotations: {
            'argocd.argoproj.io/tracking-id': `${name}:/Namespace:${namespace}/${namespace}`,
          },
        },
      },
    };
  }

  private applicationSet(id: string, name: string, seconds: number, spec: ApplicationSpec): void {
    const { owner, repository, label, token } = this.props.pullRequests;
    new ApiObject(this, id, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'ApplicationSet',
      metadata: { name: name.replace('-*', '') },
      spec: {
        goTemplate: true,
        goTemplateOptions: ['missingkey=error'],
        generators: [
          {
            pullRequest: {
              github: {
                owner,
                repo: repository,
                labels: [label],
                ...(token === undefined ? {} : { tokenRef: { ...token } }),
              },
              requeueAfterSeconds: seconds,
            },
          },
        ],
        syncPolicy: { applicationsSync: 'sync', preserveResourcesOnDeletion: false },
        template: {
          metadata: {
            name: numbered(name),
            annotations: COMPARE_ANNOTATION,
            finalizers: ['resources-finalizer.argocd.argoproj.io'],
          },
          spec: toJson_ApplicationSpec(spec),
        },
      },
    });
  }
}

function faults(props: ArgoCdPreviewsProps): string[] {
  const { name, revision, path, project, pullRequests, namespaces } = props;
  const { owner, repository, label, token, intervalSeconds } = pullRequests;
  const names = { name, revision, path, 'project.namespace': project.props.namespace };
  return [
    ...checkName('name', name.replace(/-\*$/, '-0')),
    ...sourceFaults(props),
    ...sourceFaults(namespaces).map((problem) => `namespaces.${problem}`),
    ...project.props.allow
      .filter(({ metadata }) => metadata.namespace === undefined)
      .map((object) =>
        fault(
          'project',
          'allows an object outside of namespaces',
          `${object.kind} ${object.metadata.name}`,
          'none, because nobody reviews the branch of a preview',
          'let namespaces.project allow it',
        ),
      ),
    ...(namespaces.project.props.namespace === project.props.namespace
      ? []
      : [
          fault(
            'namespaces.project.namespace',
            'is another one',
            namespaces.project.props.namespace,
            project.props.namespace,
            'let both projects have it',
          ),
        ]),
    ...Object.entries(names)
      .filter(([, text]) => text.split('*').length !== 2)
      .map(([field, text]) =>
        fault(
          field,
          'is not one for each pull request',
          text,
          'one "*", which stands for the number',
          'put it where the number belongs',
        ),
      ),
    ...Object.entries({ owner, repository })
      .filter(([, text]) => !/^[A-Za-z0-9_.-]+$/.test(text))
      .map(([field, text]) =>
        fault(
          `pullRequests.${field}`,
          'is not a name on GitHub',
          text,
          'letters, digits, "-", "_" and "."',
          'correct it',
        ),
      ),
    // Without a label every pull request of anybody would run in the cluster.
    ...(label.trim() === ''
      ? [
          fault(
            'pullRequests.label',
            'is empty',
            label,
            'the label that asks for a preview',
            'name it',
          ),
        ]
      : []),
    ...(token === undefined
      ? []
      : checkName('pullRequests.token.secretName', token.secretName, 253)),
    ...(intervalSeconds === undefined
      ? []
      : checkWholeNumber('pullRequests.intervalSeconds', intervalSeconds, 30, 86400)),
  ];
}
