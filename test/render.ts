import { App, Chart } from 'cdk8s';
import { appFaults, type Manifest } from '../lib';
import { yamlText } from '../lib/yaml-text';

/** What a test made: objects, faults, and both as text. */
export class Rendered {
  constructor(
    readonly objects: readonly Manifest[],
    readonly faults: readonly string[],
  ) {}

  /** The one object of a kind and name. */
  find(kind: string, name: string): Manifest {
    const found = this.objects.filter(
      (object) => object.kind === kind && object.metadata.name === name,
    );
    if (found.length !== 1)
      throw new Error(
        `${found.length} objects are ${kind} ${name}; there are: ${this.names().join(', ')}`,
      );
    return found[0]!;
  }

  ofKind(kind: string): Manifest[] {
    return this.objects.filter((object) => object.kind === kind);
  }

  names(): string[] {
    return this.objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  }

  yaml(): string {
    return yamlText(this.objects);
  }
}

/** Renders what `build` puts into an empty chart; a faulty app has no objects. */
export function render(build: (chart: Chart) => void, namespace = 'shop'): Rendered {
  const app = new App();
  const chart = new Chart(app, 'test', { namespace });
  build(chart);
  const faults = appFaults(app);
  return new Rendered(faults.length > 0 ? [] : (chart.toJson() as Manifest[]), faults);
}
