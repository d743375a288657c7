import { ApiObject, type App } from 'cdk8s';
import { fault, oneLine } from './checks';
import { FileGroup, fileGroupOf, FILE_GROUPS } from './file-group';
import { yamlText } from './yaml-text';

/** A Kubernetes object as it is rendered. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Strings;
    readonly annotations?: Strings;
  };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- objects of every kind, also those that a hand has broken
  readonly [field: string]: any;
}

type Strings = { readonly [key: string]: string };

/** File names sort in the order in which kubectl applies a folder. */
export const FILE_NAMES: { readonly [group in FileGroup]: string } = {
  namespace: '00-namespace.k8s.yaml',
  config: '10-config.k8s.yaml',
  api: '20-api.k8s.yaml',
  traffic: '30-traffic.k8s.yaml',
  monitoring: '40-monitoring.k8s.yaml',
};

/** What is wrong with an app, one entry an error, each with the path of its construct; never throws. */
export function appFaults(app: App): string[] {
  const constructs = app.node.findAll();
  const faults = constructs.flatMap(({ node }) =>
    node.validate().map((message) => oneLine(`${node.path}: ${message}`)),
  );
  const seen = new Map<string, string>();
  for (const object of constructs.filter((construct) => construct instanceof ApiObject)) {
    const { apiVersion, kind, name, metadata, node } = object;
    const identity = [apiVersion.split('/')[0], kind, metadata.namespace ?? '', name].join(' ');
    const first = seen.get(identity);
    if (first !== undefined) {
      faults.push(
        `${node.path}: ${fault('metadata.name', 'is taken', `${kind} ${name}`, 'a name of its own', `rename it or ${first}`)}`,
      );
    }
    seen.set(identity, node.path);
    if (name.length > 63)
      faults.push(
        `${node.path}: ${fault('metadata.name', 'is too long', name, 'at most 63 characters', 'shorten the name it is made from')}`,
      );
  }
  return faults;
}

/**
 * The text of an app's files by file name. A file without objects does not exist.
 *
 * @throws Error that lists all validation errors of the app
 */
export function manifestFiles(app: App): Map<string, string> {
  const faults = appFaults(app);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return new Map([...manifestsByFile(app)].map(([file, objects]) => [file, yamlText(objects)]));
}

/** Every object of an app, in the order in which it was made. */
export function objectsOf(app: App): ApiObject[] {
  return app.node
    .findAll()
    .filter((construct): construct is ApiObject => construct instanceof ApiObject);
}

/** The objects of an app by file name; faults are for `appFaults` to find. */
export function manifestsByFile(app: App): Map<string, Manifest[]> {
  const objects = objectsOf(app);
  const files = new Map<string, Manifest[]>();
  for (const group of FILE_GROUPS) {
    const manifests = objects
      .filter((object) => fileGroupOf(object) === group)
      .map((object) => object.toJson());
    if (manifests.length > 0) files.set(FILE_NAMES[group], manifests);
  }
  return files;
}
