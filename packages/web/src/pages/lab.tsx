/** What lying is worth: the calculators of the economics, with sliders, on this market's own terms to begin with. */
import { checkProbability, honesty, lyingPaysAboveAtWorst, sampledTermsOf } from '@atoma/sdk';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Lines } from '../chart.tsx';
import { Scenarios } from '../lab/scenarios.tsx';
import { Facts, Panel, Show } from '../parts.tsx';
import { useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

/** What the sliders stand at. Shares in permille, cost in permille of the fee. */
interface Dials {
  /** Theta of the contract: chance that a stack used up is checked; above 1000 also one used in part. */
  readonly sampling: number;
  /** Of the units bought. */
  readonly used: number;
  readonly bond: number;
  readonly attesters: number;
  readonly jurors: number;
  readonly others: number;
  readonly colluding: number;
  readonly cost: number;
  readonly falsePositives: number;
  readonly stacks: number;
}

/** End of the slider: every stack used to a third is checked then. */
const MOST_SAMPLING = 3_000;
/** Permille of the price. */
const MOST_BOND = 20_000;

const dials: readonly (readonly [keyof Dials, string, number, number, number, (value: number) => string])[] = [
  ['sampling', 'Checked of stacks used up', 0, MOST_SAMPLING, 10, (v) => `${v / 10} %`],
  ['used', 'Of its stack is used', 50, 1000, 10, (v) => `${v / 10} %`],
  ['bond', 'Bond of the node', 0, MOST_BOND, 100, (v) => `${v / 1000} × the price`],
  ['attesters', 'Attesters drawn', 1, 4, 1, String],
  ['jurors', 'Seats of a jury', 3, 15, 2, String],
  ['others', 'Other nodes of the task', 0, 200, 1, String],
  ['colluding', 'of them in the cheat’s hand', 0, 200, 1, String],
  ['cost', 'Honest work costs', 0, 1000, 10, (v) => `${v / 10} % of the fee`],
  ['falsePositives', 'Honest repeats that differ', 0, 100, 1, (v) => `${v / 10} %`],
  ['stacks', 'Stacks it cheats on', 1, 100, 1, String],
];

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 2 : 1)} %`;
const fees = (value: number): string =>
  Number.isFinite(value) ? `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(3)} fees` : 'no bond suffices';

type Config = Awaited<ReturnType<PageProps['reads']['getConfig']>>;

const reportOf = (d: Dials) =>
  honesty({
    terms: {
      samplingPermille: 1_000 * checkProbability(d.sampling, d.used / 1_000),
      attesters: d.attesters,
      jurors: d.jurors,
      bondPermille: d.bond,
    },
    fee: 1,
    stackValue: 1_000 / d.used,
    honestCost: d.cost / 1000,
    otherNodes: d.others,
    colludingNodes: Math.min(d.colluding, d.others),
    falsePositiveRate: d.falsePositives / 1000,
    openStacks: d.stacks,
  });

const payingAbove = (d: Dials, config: Config, colludingNodes: number): number => {
  const terms = {
    ...sampledTermsOf(config),
    attestationProbability: d.sampling,
    attesters: d.attesters,
    jurors: d.jurors,
    bond: d.bond,
  };
  return lyingPaysAboveAtWorst(terms, { otherNodes: d.others, colludingNodes });
};

const POINTS = 40;

/** Values of a calculation over a range of one dial. */
const curve = (from: number, to: number, of: (value: number) => number): readonly number[] =>
  Array.from({ length: POINTS + 1 }, (_, i) => of(from + ((to - from) * i) / POINTS));

const Curves = ({ d, config }: { readonly d: Dials; readonly config: Config }): JSX.Element => {
  const clip = (value: number): number => Math.max(0, Math.min(1, value));
  const here = clip(payingAbove(d, config, Math.min(d.colluding, d.others)));
  return (
    <div class="charts">
      <Lines
        title={`A cheat is convicted, by how many are checked: 0 to ${MOST_SAMPLING / 10} %`}
        said={percent(reportOf(d).detectionProbability)}
        series={[
          {
            name: 'convicted',
            values: curve(0, MOST_SAMPLING, (sampling) => reportOf({ ...d, sampling }).detectionProbability),
          },
        ]}
      />
      <Lines
        title={`What the bond makes of cheating, by bond: 0 to ${MOST_BOND / 1_000} × the price`}
        said={fees(reportOf(d).advantageOfCheating)}
        series={[
          {
            name: 'cheating',
            values: curve(0, MOST_BOND, (bond) => Math.max(0, 1 + reportOf({ ...d, bond }).cheatingProfit)),
          },
          { name: 'honest work', values: curve(0, MOST_BOND, (bond) => 1 + reportOf({ ...d, bond }).honestProfit) },
        ]}
      />
      <Lines
        title="Lying pays above this cost of honest work, by nodes in one hand: none to all"
        said={here >= 1 ? 'never' : `${percent(here)} of the fee`}
        series={[
          {
            name: 'lying pays above',
            values: curve(0, d.others, (colluding) => clip(payingAbove(d, config, Math.round(colluding)))),
          },
        ]}
      />
    </div>
  );
};

const Calculator = ({ config, others }: { readonly config: Config; readonly others: number }): JSX.Element => {
  const [d, set] = useState<Dials>({
    sampling: Math.min(MOST_SAMPLING, Number(config.attestationProbability)),
    used: 1_000,
    bond: Number(config.sampledBond),
    attesters: Number(config.attesters),
    jurors: Number(config.jurors),
    others,
    colluding: 0,
    cost: 700,
    falsePositives: 0,
    stacks: 1,
  });
  const report = reportOf(d);
  return (
    <>
      <Panel title="Does lying pay?">
        <div class="dials">
          {dials.map(([name, label, min, max, step, said]) => (
            <label key={name}>
              <span>
                {label}: <strong>{said(d[name])}</strong>
              </span>
              <input
                type="range"
                name={name}
                min={min}
                max={max}
                step={step}
                value={d[name]}
                onInput={(event) => set({ ...d, [name]: Number(event.currentTarget.value) })}
              />
            </label>
          ))}
        </div>
        <p class={report.honestyPays ? 'good verdict' : 'bad verdict'} role="status">
          {report.honestyPays ? 'Honest work pays better.' : 'Cheating pays better.'}
        </p>
        <Facts
          of={[
            ['One cheated stack is convicted', percent(report.detectionProbability)],
            [`At least one of ${d.stacks} is`, percent(report.detectionOverStacks)],
            ['Honest work is convicted', percent(report.falseConvictionProbability)],
            ['Profit of honest work', fees(report.honestProfit)],
            ['Profit of cheating', fees(report.cheatingProfit)],
            ['Smallest safe bond', fees(report.minimumSafeBond)],
          ]}
        />
      </Panel>
      <Panel title="Curves">
        <Curves d={d} config={config} />
      </Panel>
    </>
  );
};

/** The page. */
export const LabPage = ({ reads, atoma }: PageProps): JSX.Element => {
  const loaded = useLoaded(async () => {
    const config = await reads.getConfig(atoma);
    return { config, others: Math.max(0, Number(config.counts.nodes) - 1) };
  }, []);
  return (
    <>
      <Scenarios reads={reads} />
      <Show of={loaded} as={(read) => <Calculator {...read} />} />
    </>
  );
};
