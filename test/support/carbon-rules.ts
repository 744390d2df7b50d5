/** What Debian's carbon-aggregator-cache makes of lines under rules: its own modules in one Python process, in virtual time. */
import { spawnSync } from "node:child_process";

const PYTHON = "/usr/bin/python3";

export interface CarbonScenario {
  /** Texts by file name; absent ones are not there. */
  readonly files: Readonly<Record<string, string>>;
  readonly forwardAll: boolean;
  readonly intervals: number;
  readonly writeBackSeconds: number | null;
  /** The time at which the clock starts. */
  readonly startSeconds: number;
  /** When (by the clock), and the line. */
  readonly events: readonly (readonly [at: number, name: string, seconds: number, value: number])[];
  readonly endAt: number;
}

export interface CarbonOutcome {
  /** For each event: why the line was refused, or the names under which it goes on to be stored. */
  readonly received: readonly (string | readonly string[])[];
  readonly written: readonly (readonly [at: number, output: string, seconds: number, value: number])[];
}

/** Why no carbon can run here, or undefined when one can. */
export function carbonMissing(): string | undefined {
  const found = spawnSync(PYTHON, ["-c", "import carbon.aggregator.buffers"]);
  return found.status === 0 ? undefined : "carbon is not installed here (Debian: graphite-carbon)";
}

export function runCarbon(scenarios: readonly CarbonScenario[]): readonly CarbonOutcome[] {
  const run = spawnSync(PYTHON, ["-W", "ignore", "-c", DRIVER], {
    input: JSON.stringify(scenarios),
    maxBuffer: 512 * 1024 * 1024,
    env: { PYTHONDONTWRITEBYTECODE: "1" },
  });
  if (run.status !== 0) throw new Error(`carbon failed:\n${run.stderr.toString().slice(-5_000)}`);
  return JSON.parse(run.stdout.toString()) as CarbonOutcome[];
}

const DRIVER = `
import json, os, sys, tempfile
from twisted.internet import task
from carbon import events, instrumentation, state
from carbon.aggregator import buffers
from carbon.aggregator.processor import AggregationProcessor
from carbon.aggregator.rules import RuleManager
from carbon.conf import settings
from carbon.pipeline import Processor, run_pipeline, run_pipeline_generated
from carbon.protocols import MetricReceiver
from carbon.regexlist import BlackList, WhiteList
from carbon.rewrite import RewriteProcessor, RewriteRuleManager

state.events = events
state.instrumentation = instrumentation
settings['LOG_AGGREGATOR_MISSES'] = False

class Clock:
  """Stands in for the reactor, and for the module time."""
  def start(self, seconds):
    self.started = seconds
    self.clock = task.Clock()
  def time(self):
    return self.started + self.clock.seconds()
  def run_until(self, at):
    calls = self.clock.calls
    while calls and calls[0].getTime() <= at:
      self.clock.advance(calls[0].getTime() - self.clock.seconds())
    self.clock.advance(at - self.clock.seconds())

clock = Clock()

class Looping(task.LoopingCall):
  def __init__(self, *arguments):
    task.LoopingCall.__init__(self, *arguments)
    self.clock = clock.clock

buffers.LoopingCall = Looping
buffers.time = clock

class Recorder(Processor):
  plugin_name = 'recorder'
  def __init__(self, record):
    self.record = record
  def process(self, metric, datapoint):
    self.record(metric, datapoint)
    return Processor.NO_OUTPUT

class Connection:
  def resetTimeout(self):
    pass

events.metricReceived.addHandler(run_pipeline)
events.metricGenerated.addHandler(run_pipeline_generated)

def read_files(directory, files):
  paths = {}
  for name in ('blacklist.conf', 'whitelist.conf', 'rewrite-rules.conf', 'aggregation-rules.conf'):
    paths[name] = os.path.join(directory, name)
    if name in files:
      with open(paths[name], 'w') as file:
        file.write(files[name])
  for rules, name in ((BlackList, 'blacklist.conf'), (WhiteList, 'whitelist.conf')):
    rules.list_file, rules.rules_last_read = paths[name], 0.0
    rules.read_list()
  RewriteRuleManager.clear()
  RewriteRuleManager.rules_file, RewriteRuleManager.rules_last_read = paths['rewrite-rules.conf'], 0.0
  RewriteRuleManager.read_rules()
  RuleManager.rules_file, RuleManager.rules_last_read = paths['aggregation-rules.conf'], 0.0
  RuleManager.read_rules()

def run(scenario):
  buffers.BufferManager.clear()
  clock.start(scenario['startSeconds'])
  with tempfile.TemporaryDirectory() as directory:
    read_files(directory, scenario['files'])
  settings['FORWARD_ALL'] = scenario['forwardAll']
  settings['MAX_AGGREGATION_INTERVALS'] = scenario['intervals']
  settings['WRITE_BACK_FREQUENCY'] = scenario['writeBackSeconds']
  received, written = [], []
  state.pipeline_processors = [
    RewriteProcessor('pre'), AggregationProcessor(), RewriteProcessor('post'),
    Recorder(lambda metric, datapoint: received[-1].append(metric)),
  ]
  state.pipeline_processors_generated = [
    Recorder(lambda metric, datapoint: written.append((clock.clock.seconds(), metric, datapoint[0], datapoint[1]))),
  ]
  stats = instrumentation.stats
  for at, name, seconds, value in scenario['events']:
    clock.run_until(at)
    received.append([])
    before = dict(stats)
    MetricReceiver.metricReceived(Connection(), name, (float(seconds), float(value)))
    for counter, reason in (('blacklistMatches', 'blacklisted'), ('whitelistRejects', 'not_whitelisted')):
      if stats.get(counter, 0) > before.get(counter, 0):
        received[-1] = reason
  clock.run_until(scenario['endAt'])
  return {'received': received, 'written': written}

print(json.dumps([run(scenario) for scenario in json.load(sys.stdin)]))
`;
