import { API } from '../environments/api';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { instance } from '@viz-js/viz';
import type { BlueGreenRelease, Release, SedaEnvironment } from '../environments/environment';
import { renderEnvironment } from '../environments/render';
import { podSettings } from '../environments/settings';
import { graph } from '../ops/graph';
import type { Manifest } from '../lib/manifests';
import { mermaidOf } from '../ops/graph/mermaid';
import type { Picture } from '../ops/graph/model';
import { pictureOf } from '../ops/graph/picture';
import { svgOf } from '../ops/graph/svg';
import { Rendering } from '../ops/rendering/rendering';
import {
  colour as colourOf,
  development,
  firstDay,
  GATEWAY,
  production as plain,
  qa,
  states,
} from './fixtures';

const ROOT = path.join(__dirname, '..');
const image = (tag: string) =>
  `ghcr.io/seda-fm/seda-api:${tag}@sha256:${'0123456789abcdef'.repeat(4)}`;
const production: SedaEnvironment = {
  ...plain,
  redis: { kind: 'managed', host: 'cache.example.com', port: 6379 },
};
const colour = (tag: string, release: number, replicas = 3) =>
  colourOf(tag, release, { environment: production, image: image(tag), replicas });
const served: BlueGreenRelease = {
  active: 'blue',
  blue: colour('1.5.0', 4),
  green: colour('1.5.0', 3, 0),
};
const staged: BlueGreenRelease = { ...served, green: colour('1.6.0', 5) };

const renderings = new Map<string, Rendering>();

function rendered(environment: SedaEnvironment, release: Release): Rendering {
  const key = JSON.stringify([environment, release]);
  const known = renderings.get(key);
  if (known !== undefined) return known;
  const { objects, faults } = renderEnvironment(environment, release);
  expect(faults).toEqual([]);
  const rendering = new Rendering(objects);
  renderings.set(key, rendering);
  return rendering;
}

const picture = (environment: SedaEnvironment, release: Release) =>
  pictureOf(environment.name, rendered(environment, release));
const box = ({ boxes }: Picture, id: string) => boxes.find((one) => one.id === id);
const arrows = ({ arrows: all }: Picture) =>
  all.map(
    ({ from, to, kind, label }) =>
      `${from} ${kind === 'traffic' ? '==' : kind === 'preview' ? '..' : '--'}${label === undefined ? '' : ` ${label} `}> ${to}`,
  );

let layout: (dot: string) => string;
beforeAll(async () => {
  const graphviz = await instance();
  layout = (dot) => graphviz.renderString(dot, { format: 'json0', engine: 'dot' });
});

describe('the picture of an environment', () => {
  test('leads from the host through the switch to the colour that serves, and from there to all that it talks to', () => {
    const drawn = picture(production, served);
    expect(arrows(drawn)).toEqual([
      'Host/api.seda.fm ==> Ingress/seda-api-ingress',
      'Ingress/seda-api-ingress ==> Service/seda-api',
      'Service/seda-api ==> Deployment/seda-api-blue',
      'Service/seda-api-preview ..> Deployment/seda-api-green',
      'Deployment/seda-api-blue --> Destination/PostgreSQL 5432',
      'Deployment/seda-api-blue --> Destination/Redis cache.example.com:6379',
      'Deployment/seda-api-blue --> Destination/Supabase abcdefghijklmnopqrst.supabase.co:443',
      'Deployment/seda-api-blue --> Destination/OpenTelemetry collector otel-collector.monitoring:4318',
      'Deployment/seda-api-blue -- reads > Secret/seda-secrets',
      'ClusterSecretStore/seda-secret-store -- makes > Secret/seda-secrets',
      'Monitoring/Prometheus -- scrapes > Deployment/seda-api-blue',
    ]);
    expect(box(drawn, 'Host/api.seda.fm')).toMatchObject({
      lines: ['certificate by letsencrypt-prod'],
      inside: false,
    });
    expect(box(drawn, 'Ingress/seda-api-ingress')!.lines).toEqual([
      'class nginx',
      '/api/v1',
      '/api/v1/metrics is refused',
    ]);
    expect(box(drawn, 'Deployment/seda-api-blue')).toMatchObject({
      tone: 'blue',
      idle: false,
      lines: [
        'serves',
        'image seda-api:1.5.0',
        'sha256:0123456789ab',
        '3 pods',
        'requests 250m CPU, 256Mi memory',
        'limits 512Mi memory',
      ],
    });
    expect(box(drawn, 'Deployment/seda-api-green')).toMatchObject({
      tone: 'green',
      idle: true,
      lines: expect.arrayContaining(['empty', 'no pods']),
    });
    expect(box(drawn, 'Destination/Redis cache.example.com:6379')).toMatchObject({
      lines: ['cache.example.com', 'port 6379'],
      inside: false,
    });
    expect(box(drawn, 'Secret/seda-secrets')!.lines).toEqual(
      Object.values({ ...API.secret.env, ...API.secretKeys }),
    );
    expect(drawn.description).toBe(
      'api.seda.fm leads into the namespace seda-prod. seda-api-blue 1.5.0, 3 pods: serves; seda-api-green 1.5.0, no pods: empty.',
    );
  });

  test('shows a colour that is staged or warm, and draws once what both colours have in common', () => {
    const drawn = picture(production, staged);
    expect(box(drawn, 'Deployment/seda-api-green')!.lines.slice(0, 2)).toEqual([
      'staged, not promoted yet',
      'image seda-api:1.6.0',
    ]);
    expect(arrows(drawn)).toEqual(
      expect.arrayContaining([
        'Deployment/seda-api-blue --> Pods/all',
        'Deployment/seda-api-green --> Pods/all',
        'Pods/all --> Destination/Supabase abcdefghijklmnopqrst.supabase.co:443',
        'Pods/all -- reads > Secret/seda-secrets',
        'Monitoring/Prometheus -- scrapes > Pods/all',
      ]),
    );
    expect(arrows(drawn).filter((arrow) => arrow.includes('PostgreSQL'))).toEqual([
      'Pods/all --> Destination/PostgreSQL 5432',
    ]);
    const back = picture(production, { ...staged, active: 'green' });
    expect(box(back, 'Deployment/seda-api-blue')!.lines[0]).toBe('warm: for a rollback');
    expect(arrows(back)).toEqual(
      expect.arrayContaining([
        'Service/seda-api ==> Deployment/seda-api-green',
        'Service/seda-api-preview ..> Deployment/seda-api-blue',
      ]),
    );
  });

  test('draws apart in what the colours differ', () => {
    const moved = podSettings({
      ...production,
      supabase: { kind: 'project', projectRef: 'klmnopqrstklmnopqrst' },
    });
    const drawn = picture(production, {
      ...staged,
      green: { ...staged.green, config: moved.config },
    });
    expect(arrows(drawn).filter((arrow) => arrow.includes('Supabase'))).toEqual([
      'Deployment/seda-api-blue --> Destination/Supabase abcdefghijklmnopqrst.supabase.co:443',
      'Deployment/seda-api-green --> Destination/Supabase klmnopqrstklmnopqrst.supabase.co:443',
    ]);
  });

  test('shows which colour reads which version of the secrets', () => {
    const drawn = picture(production, { ...staged, green: { ...staged.green, secretVersion: 2 } });
    expect(arrows(drawn).filter((arrow) => arrow.includes('Secret/'))).toEqual([
      'Deployment/seda-api-blue -- reads > Secret/seda-secrets',
      'Deployment/seda-api-green -- reads > Secret/seda-secrets-v2',
      'ClusterSecretStore/seda-secret-store -- makes > Secret/seda-secrets',
      'ClusterSecretStore/seda-secret-store -- makes > Secret/seda-secrets-v2',
    ]);
    expect(box(drawn, 'ClusterSecretStore/seda-secret-store')!.lines).toEqual([
      'ClusterSecretStore',
      'seda/production/high-availability/*',
      'seda/production/high-availability/v2/*',
    ]);
  });

  test('a colour is called staged or warm by the numbers of the releases alone', () => {
    const { objects } = rendered(production, staged);
    const unnumbered = objects.map((object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: undefined },
    }));
    const drawn = pictureOf('production', new Rendering(unnumbered as Manifest[]));
    expect(box(drawn, 'Deployment/seda-api-green')!.lines[0]).toBe('runs and serves nobody');
    expect(drawn.description).toContain('3 pods: runs and serves nobody');
  });

  test.each<[string, string, string, string[]]>([
    ['by its key', 'A', 'database-url', ['address in the Secret', 'port 5432']],
    ['by the variable', 'DATABASE_URL', 'url', ['address in the Secret', 'port 5432']],
    ['of another one', 'REDIS_URL', 'url', ['port 5432']],
    ['that is no address', 'DATABASE_PASSWORD', 'password', ['port 5432']],
  ])('the address of the database in a Secret, %s', (_, name, key, lines) => {
    const { objects } = rendered(production, served);
    const edited = structuredClone(objects) as Manifest[];
    for (const { kind, spec } of edited)
      if (kind === 'Deployment')
        spec.template.spec.containers[0].env = [
          { name, valueFrom: { secretKeyRef: { name: 'seda-secrets', key } } },
        ];
    const drawn = pictureOf('production', new Rendering(edited));
    expect(box(drawn, 'Destination/PostgreSQL 5432')!.lines).toEqual(lines);
  });

  test('shows an autoscaler, and what still waits for a person', () => {
    const scaled = picture(production, {
      ...served,
      blue: { ...served.blue, autoscaling: { minReplicas: 3, maxReplicas: 9 } },
    });
    expect(box(scaled, 'Deployment/seda-api-blue')!.lines).toContain('3 to 9 pods, by load');
    const waiting = picture(firstDay.production, {
      ...served,
      blue: { ...served.blue, config: podSettings(firstDay.production).config },
    });
    expect(box(waiting, 'Deployment/seda-api-blue')!.lines).toContain('waits for SUPABASE_URL');
  });

  test('of an environment without colours, without a way in, with services of its own', () => {
    const drawn = picture(qa, { image: image('1.5.0') });
    expect(arrows(drawn).slice(0, 4)).toEqual([
      'Host/api-qa.seda.fm ==> Ingress/seda-api-ingress',
      'Ingress/seda-api-ingress ==> Service/seda-api',
      'Service/seda-api ==> Deployment/seda-api-qa',
      'Deployment/seda-api-qa --> Destination/PostgreSQL 5432',
    ]);
    const local = picture(development, { image: 'ghcr.io/seda-fm/seda-api:local' });
    expect(arrows(local)).toEqual([
      'Service/seda-api ==> Deployment/seda-api-dev',
      'Deployment/seda-api-dev --> Deployment/db',
      'Deployment/seda-api-dev --> Deployment/redis',
      'Deployment/seda-api-dev --> Destination/Supabase host.docker.internal:54321',
      'Deployment/seda-api-dev -- reads > Secret/seda-secrets',
    ]);
  });

  test('of an HTTPRoute as of an Ingress', () => {
    const objects = rendered(production, served).objects.filter(({ kind }) => kind !== 'Ingress');
    const route = (name: string, sectionName: string, rules: object[]) => ({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name },
      spec: {
        hostnames: ['api.seda.fm'],
        parentRefs: [{ name: 'public', namespace: 'gateways', sectionName }],
        rules,
      },
    });
    const path = (value: string) => [{ path: { type: 'PathPrefix', value } }];
    const drawn = pictureOf(
      'production',
      new Rendering([
        ...objects,
        route('api', 'https', [
          { matches: path('/api/v1'), backendRefs: [{ name: 'seda-api', port: 80 }] },
          { matches: path('/api/v1/metrics') },
        ]),
        route('redirect', 'http', [
          { filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }] },
        ]),
      ]),
    );
    expect(arrows(drawn).slice(0, 4)).toEqual([
      'Host/api.seda.fm ==> Gateway/gateways/public',
      'Gateway/gateways/public ==> HTTPRoute/api',
      'HTTPRoute/api ==> Service/seda-api',
      'Service/seda-api ==> Deployment/seda-api-blue',
    ]);
    expect(box(drawn, 'Gateway/gateways/public')).toMatchObject({
      title: 'Gateway public',
      lines: ['namespace gateways', 'listener https', 'listener http redirects to https'],
      inside: false,
    });
    expect(box(drawn, 'HTTPRoute/api')!.lines).toEqual(['/api/v1', '/api/v1/metrics is refused']);
  });
});

describe('a route that shares requests', () => {
  const environment: SedaEnvironment = { ...production, ingress: GATEWAY };
  const traffic = (release: Release) =>
    arrows(picture(environment, release)).filter((arrow) => /^(HTTPRoute|Service)/.test(arrow));

  test('leads to the colour that serves, and testers to the other one', () => {
    expect(traffic(staged)).toEqual([
      'HTTPRoute/seda-api-ingress ==> Service/seda-api-blue',
      'HTTPRoute/seda-api-ingress .. x-seda-preview > Service/seda-api-green',
      'Service/seda-api-blue ==> Deployment/seda-api-blue',
      'Service/seda-api-green ..> Deployment/seda-api-green',
    ]);
  });

  test('has no switch, as each Service leads to its own colour', () => {
    for (const colour of ['blue', 'green'])
      expect(box(picture(environment, staged), `Service/seda-api-${colour}`)!.lines).toEqual([
        'leads to this colour, always',
      ]);
  });

  test('leads to both with their shares', () => {
    expect(traffic({ ...staged, weights: { blue: 95, green: 5 } })).toEqual([
      'HTTPRoute/seda-api-ingress == 95 % > Service/seda-api-blue',
      'HTTPRoute/seda-api-ingress == 5 % > Service/seda-api-green',
      'Service/seda-api-blue ==> Deployment/seda-api-blue',
      'Service/seda-api-green ==> Deployment/seda-api-green',
    ]);
  });
});

/** The boxes of a picture, from its SVG; the first two are the ground and the namespace. */
function rectangles(svg: string): { x: number; y: number; width: number; height: number }[] {
  const all = [
    ...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g),
  ].map((match) => match.slice(1).map(Number) as [number, number, number, number]);
  return all.map(([x, y, width, height]) => ({ x, y, width, height }));
}

describe('as SVG', () => {
  test.each(states.map((one) => [one.state, one.environment, one.release] as const))(
    '%s: boxes are apart and inside the ground, blue is left of green, and the same comes out twice',
    (_, environment, release) => {
      const drawn = picture(environment, release);
      const svg = svgOf(drawn, layout);
      const [ground, namespace, ...boxes] = rectangles(svg);
      expect(boxes).toHaveLength(drawn.boxes.length);
      const within = (outer: typeof ground, { x, y, width, height }: (typeof boxes)[0]) =>
        x >= outer!.x &&
        y >= outer!.y &&
        x + width <= outer!.x + outer!.width &&
        y + height <= outer!.y + outer!.height;
      for (const [index, one] of boxes.entries()) {
        expect([drawn.boxes[index]!.id, within(ground, one), within(namespace, one)]).toEqual([
          drawn.boxes[index]!.id,
          true,
          drawn.boxes[index]!.inside,
        ]);
        for (const other of boxes.slice(index + 1)) {
          expect(
            one.x + one.width <= other.x ||
              other.x + other.width <= one.x ||
              one.y + one.height <= other.y ||
              other.y + other.height <= one.y,
          ).toBe(true);
        }
      }
      const at = (id: string) => boxes[drawn.boxes.findIndex((one) => one.id === id)];
      const [blue, green] = ['blue', 'green'].map((name) => at(`Deployment/seda-api-${name}`));
      const middle = ({ y, height }: (typeof boxes)[0]) => y + height / 2;
      if (blue && green)
        expect([blue.x < green.x, Math.abs(middle(blue) - middle(green)) < 1]).toEqual([
          true,
          true,
        ]);
      expect(struckThrough(svg)).toEqual([]);
      expect(loose(svg).map(({ text }) => text)).toEqual([
        expect.stringMatching(/^namespace /),
        ...drawn.arrows.flatMap(({ label }) => label ?? []),
      ]);
      expect(svgOf(picture(environment, release), layout)).toBe(svg);
      expect(svg).not.toMatch(/NaN|undefined/);
    },
  );

  test('a text that an arrow goes through would be seen', () => {
    const svg = svgOf(picture(production, served), layout);
    const [[x, y]] = drawnPoints(svg) as [[number, number]];
    const moved = svg.replace(
      /<text x="[\d.]+" y="[\d.]+"([^>]*)>reads/,
      `<text x="${x}" y="${y + 20}"$1>reads`,
    );
    expect(struckThrough(moved)).toEqual(['reads']);
  });

  test('says what it is to those who cannot see it, and takes every letter as it is', () => {
    const base = picture(production, served);
    const hostile: Picture = {
      ...base,
      title: 'a < b & "c"',
      boxes: base.boxes.map((one) => ({ ...one, lines: [...one.lines, '<script>&"\\n]|#'] })),
    };
    const svg = svgOf(hostile, layout);
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" [^>]*role="img" aria-labelledby="title description"/,
    );
    expect(svg).toContain(
      '<title id="title">a &lt; b &amp; &quot;c&quot;</title>\n<desc id="description">api.seda.fm leads into',
    );
    expect(svg).toContain('&lt;script&gt;&amp;&quot;\\n]|#</text>');
    expect(
      svg
        .match(/<(\w+)[^>]*[^/]>/g)!
        .map((tag) => /\w+/.exec(tag)![0])
        .filter((tag) => !['svg', 'title', 'desc', 'text'].includes(tag)),
    ).toEqual([]);
  });
});

/** The texts beside the boxes, from an SVG, with the room that they take in a font as wide as Arial. */
function loose(svg: string): { text: string; x: number; y: number; width: number }[] {
  const boxes = rectangles(svg).slice(2);
  return [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"([^>]*)>([^<]*)</g)]
    .map(([, x, y, more, text]) => {
      const width = text!.length * 6;
      const left = more!.includes('text-anchor="start"') ? Number(x) : Number(x) - width / 2;
      return { text: text!, x: left, y: Number(y) - 9, width };
    })
    .filter(
      ({ x, y, width }) =>
        !boxes.some(
          (one) =>
            x + width / 2 > one.x &&
            x + width / 2 < one.x + one.width &&
            y > one.y &&
            y < one.y + one.height,
        ),
    );
}

/** Points of all arrows of an SVG, from what a viewer draws. */
function drawnPoints(svg: string): [number, number][] {
  const curves = [...svg.matchAll(/<path d="M([\d.,]+)C([\d., ]+)"/g)];
  return curves.flatMap(([, start, rest]) => {
    const points = [start!, ...rest!.split(' ')].map((point) => point.split(',').map(Number));
    return Array.from({ length: (points.length - 1) / 3 }, (_, piece) =>
      Array.from({ length: 101 }, (__, step): [number, number] => {
        const [t, four] = [step / 100, points.slice(piece * 3, piece * 3 + 4)];
        const at = (axis: number) =>
          (1 - t) ** 3 * four[0]![axis]! +
          3 * t * (1 - t) ** 2 * four[1]![axis]! +
          3 * t * t * (1 - t) * four[2]![axis]! +
          t ** 3 * four[3]![axis]!;
        return [at(0), at(1)];
      }),
    ).flat();
  });
}

/** Texts that an arrow goes through. */
function struckThrough(svg: string): string[] {
  const points = drawnPoints(svg);
  return loose(svg).flatMap(({ text, x, y, width }) =>
    points.some(([px, py]) => px > x && px < x + width && py > y && py < y + 11) ? text : [],
  );
}

/** Lines that the grammar of a flowchart does not have, as far as a picture uses it. */
function mermaidFaults(text: string): string[] {
  const LABEL = /"[^"#<>&`\\%$\n]*(?:(?:<br\/>|#\d+;)[^"#<>&`\\%$\n]*)*"/.source;
  const GRAMMAR = [
    /^flowchart TD$/,
    /^ {2}acc(Title|Descr): [^;#%]+$/,
    new RegExp(`^  subgraph namespace\\[${LABEL}\\]$`),
    /^ {2}end$/,
    new RegExp(`^ {2,4}n\\d+\\[${LABEL}\\]:::\\w+$`),
    new RegExp(`^  n\\d+ (==>|-->|-\\.->)(\\|${LABEL}\\|)? n\\d+$`),
    /^ {2}linkStyle \d+(,\d+)* stroke:#[\da-f]{6}$/,
    /^ {2}classDef \w+ [\w:#,\- ]+$/,
    /^ {2}class n\d+(,n\d+)* idle$/,
  ];
  return text
    .trimEnd()
    .split('\n')
    .filter((line) => !GRAMMAR.some((pattern) => pattern.test(line)));
}

describe('as Mermaid', () => {
  test('a flowchart with every box and arrow', () => {
    const drawn = picture(production, staged);
    const text = mermaidOf(drawn);
    expect(mermaidFaults(text)).toEqual([]);
    expect(text.match(/^ +n\d+\[/gm)).toHaveLength(drawn.boxes.length);
    expect(text.match(/^ {2}n\d+ [=-]/gm)).toHaveLength(drawn.arrows.length);
    expect(text).toContain(
      '["seda-api-blue<br/>serves<br/>image seda-api:1.5.0<br/>sha256:0123456789ab<br/>3 pods<br/>requests 250m CPU, 256Mi memory<br/>limits 512Mi memory"]:::blue',
    );
  });

  test('says of every box and arrow what the SVG says', () => {
    const texts = (text: string, pattern: RegExp) =>
      [...text.matchAll(pattern)].flatMap(([, words]) => words!.split('<br/>')).sort();
    for (const { environment, release } of states) {
      const drawn = picture(environment, release);
      expect(texts(mermaidOf(drawn), /(?:[[|])"([^"]*)"/g)).toEqual(
        texts(svgOf(drawn, layout), /<text [^>]*>([^<]*)</g),
      );
    }
  });

  test('letters that mean something to Mermaid are written as numbers', () => {
    const base = picture(production, served);
    const text = mermaidOf({
      ...base,
      title: 'a;b\n#c',
      boxes: base.boxes.map((one) => ({ ...one, title: '"a" <b> & #1; `c`\nend' })),
    });
    expect(mermaidFaults(text)).toEqual([]);
    expect(text).toContain('["#34;a#34; #60;b#62; #38; #35;1; #96;c#96; end<br/>');
    expect(text).toContain('  accTitle: a,b,c\n');
  });

  test('the check of the grammar sees what would break it', () => {
    const bad = [
      '  n1["a "quoted" label"]:::blue',
      '  n1[a]:::blue',
      '  n1 -> n2',
      '  n1["a`b"]:::blue',
      '  n1["a&b"]:::blue',
      '  n1["%%{init}%%"]:::blue',
      '  Deployment/x --> n1',
    ];
    expect(mermaidFaults(['flowchart TD', ...bad, ''].join('\n'))).toEqual(bad);
  });
});

/** What is wrong with a diagram of the documents. */
function diagramFaults(name: string, committed: string, drawn: string): string[] {
  return committed === drawn
    ? []
    : [
        `docs/${name}.svg is not what dist/${name} says; draw it again and commit it: npm run picture`,
      ];
}

describe('a diagram in the documents', () => {
  const names = fs
    .readdirSync(path.join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.svg'))
    .map((file) => path.basename(file, '.svg'));

  test.each(names)('docs/%s.svg is what dist/ says', async (name) => {
    const committed = fs.readFileSync(path.join(ROOT, `docs/${name}.svg`), 'utf8');
    expect(diagramFaults(name, committed, await graph(ROOT, name, 'svg'))).toEqual([]);
  });

  test('the README shows one', () => {
    const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
    expect(names.filter((name) => readme.includes(`](docs/${name}.svg)`))).not.toEqual([]);
  });

  test('is refused when it shows something else', () => {
    const drawn = svgOf(picture(production, served), layout);
    expect(drawn).toContain('3 pods');
    expect(diagramFaults('production', drawn, drawn)).toEqual([]);
    expect(diagramFaults('production', drawn.replace('3 pods', '4 pods'), drawn)).toEqual([
      'docs/production.svg is not what dist/production says; draw it again and commit it: npm run picture',
    ]);
  });

  test('an environment that is not there is said', async () => {
    await expect(graph(ROOT, 'nowhere', 'svg')).rejects.toThrow(
      'dist/ has no environment "nowhere", expected one of argocd, ',
    );
  });
});
