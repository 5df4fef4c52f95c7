import type { EnvSource } from "@blacksky/config";
import type { Channel } from "@blacksky/ipc";
import type { Clock } from "@blacksky/machine";
import { alerts, connection, control, health, instance, session, type Health } from "@blacksky/protocol";
import {
  createSupervisor,
  DEFAULT_INTENSITY,
  type ChildView,
  type Supervisor,
  type SupervisorLog,
  type TreeProcess,
} from "@blacksky/supervisor";
import type { AlertDesk } from "./alerts/alert-desk.ts";
import { createNewsWatch } from "./alerts/watch-news.ts";
import { watchRestarts } from "./alerts/watch-restarts.ts";
import { describeChildren, type WorkerId } from "./children.ts";
import { forgetChild, forgetConnection, listenForNews, type News } from "./health/news.ts";
import type { NoticeTeller } from "./notices/notice-teller.ts";
import { announceSession } from "./routing/announce-session.ts";
import { routeMessages } from "./routing/route-messages.ts";
import { createSocketPermit } from "./routing/socket-permit.ts";

export interface WorkersOptions {
  readonly scriptOf: (id: WorkerId) => string;
  readonly source: EnvSource;
  /** Megabytes that all processes may take together. */
  readonly quotaMb: number;
  /** Kept current with what the workers tell. */
  readonly news: News;
  readonly readHealth: () => Health;
  /** The random name by which the web ports answer. */
  readonly instance: string;
  /** Told the pids of the workers that live, whenever they change. */
  readonly onPids: (pids: readonly number[]) => void;
  /** Told what a person should hear about. */
  readonly alertDesk: Pick<AlertDesk, "raise" | "eased" | "relapsed">;
  /** Takes to the owner what happens to the workers. */
  readonly noticeTeller: NoticeTeller;
  /** Whether DATABASE_URL is set: then its absence is to be told. */
  readonly expectsDatabase: boolean;
  readonly log: SupervisorLog;
  readonly clock: Clock;
}

/** The children that live. */
export const processesOf = (views: readonly ChildView[]): TreeProcess[] =>
  views.flatMap(({ id, pid }) => (pid === null ? [] : [{ id, pid }]));

/** A planned restart of the bot alone, or of all. Nothing happens while there are no workers, or during a stop. */
export const restartWorkers = (supervisor: Supervisor | undefined, scope: "bot" | "all", reason: string): void => {
  if (scope === "all") supervisor?.restart(reason);
  else supervisor?.recycle(scope, reason);
};

/** The three workers under supervision, with their messages passed on and their news kept. Not started yet. */
export const createWorkers = (options: WorkersOptions): Supervisor => {
  const { news, alertDesk, noticeTeller } = options;
  const alive = new Set<string>();

  const permit = createSocketPermit(options.clock, (id) => supervisor.channel(id));

  const areSpeakersStopped = (): boolean =>
    supervisor.children().every(({ id, state }) => id === "backup" || state === "stopped");

  /** Whoever speaks for the session stops; all begin anew when the backup worker has it again. */
  const standDown = (reason: string): void => {
    if (!areSpeakersStopped()) supervisor.restart(reason);
  };

  const onChannel = (id: string, channel: Channel): void => {
    listenForNews(news, id, channel);
    announceSession(id, channel, () => supervisor.channel("bot"), news);
    // Before anything is passed on: the bot learns what it may do before it is told to do it.
    permit.listen(id, channel);
    routeMessages(
      id,
      channel,
      (other) => supervisor.channel(other),
      () => permit.mayConnect(),
    );
    if (id === "bot") channel.on(connection.executorStarted, () => noticeTeller.botIsUp(channel));
    channel.on(alerts.raised, (alert) => alertDesk.raise(alert));
    // After the news themselves have changed.
    channel.on(connection.changed, () => watch.look());
    channel.on(session.statusChanged, () => watch.look());
    watch.listen(channel);
    channel.handle(health.read, options.readHealth);
    channel.handle(instance.read, () => ({ name: options.instance }));
    channel.on(control.restartRequested, ({ scope, reason }) => {
      restartWorkers(supervisor, scope, reason);
    });
    channel.on(session.leaseLost, ({ reason }) => standDown(reason));
  };

  const watch = createNewsWatch({ news, desk: alertDesk, expectsDatabase: options.expectsDatabase });
  const lookAtRestarts = watchRestarts(options.clock, alertDesk, noticeTeller);

  const onChange = (views: readonly ChildView[]): void => {
    for (const { id, pid } of views) {
      if (pid !== null) alive.add(id);
      else if (alive.delete(id)) {
        forgetChild(news, id);
        if (id === "bot") {
          noticeTeller.botIsGone();
          supervisor.channel("keeper")?.emit(connection.executorLost, {});
        }
        if (id === "keeper") supervisor.channel("bot")?.emit(connection.keeperLost, {});
      }
    }
    if (areSpeakersStopped()) forgetConnection(news);
    watch.look();
    options.onPids(processesOf(views).map(({ pid }) => pid));
    lookAtRestarts(views);
  };

  const supervisor = createSupervisor({
    children: describeChildren(options.scriptOf, options.source, options.quotaMb),
    intensity: DEFAULT_INTENSITY,
    log: options.log,
    clock: options.clock,
    onChannel,
    onChange,
  });
  return supervisor;
};
