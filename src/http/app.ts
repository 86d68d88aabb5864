import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import packageJson from '../../package.json' with { type: 'json' };
import { reportError } from '../core/errors.ts';
import type { Control } from './control.ts';
import { HttpError, statusOf } from './errors.ts';
import { type EventLog, eventStream } from './events.ts';
import {
  DaemonStatus,
  ErrorReport,
  ReloadResult,
  RunDetail,
  RunSummary,
  RunsQuery,
  SourceHistory,
  TriggerOrder,
  TriggerResult,
} from './schemas.ts';

const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

const REFUSED = { default: json(ErrorReport, 'Why it cannot be done.') };
const DONE = { 204: { description: 'Done.' }, ...REFUSED };
const OfJob = z.object({ job: z.string() });
const OfRun = z.object({
  run: z.string().describe('Id of a run, or what only one id begins with.'),
});

/** The API of the daemon, as OpenAPI describes it under `/v1/openapi.json`. */
export function createApp(control: Control, events: EventLog): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) throw invalid(z.prettifyError(result.error));
    },
  });

  app.onError((error, context) => context.json(reportError(error), statusOf(error)));
  app.notFound((context) => {
    const { method, path } = context.req;
    const error = new HttpError({
      code: 'not-found',
      message: `the API has no ${method} ${path}`,
      retry: 'never',
      hint: 'See /v1/openapi.json; the daemon may be of another version.',
    });
    return context.json(reportError(error), 404);
  });

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/status',
      summary: 'What the daemon does, and how its jobs are',
      responses: { 200: json(DaemonStatus, 'As it is now.') },
    }),
    (context) => context.json(control.status(), 200),
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/jobs/{job}/trigger',
      summary: 'Run a job now',
      request: {
        params: OfJob,
        body: { content: { 'application/json': { schema: TriggerOrder } } },
      },
      responses: {
        202: json(TriggerResult, 'It runs, or will as soon as there is room.'),
        ...REFUSED,
      },
    }),
    (context) => {
      const { job } = context.req.valid('param');
      return context.json(control.trigger(job, context.req.valid('json')), 202);
    },
  );

  const ofJob = [
    ['pause', 'Run a job only when it is triggered', (job: string) => control.pause(job)],
    ['resume', 'Run a job by its schedule again', (job: string) => control.resume(job)],
    [
      'cancel',
      'End the run of a job; asked again, kill it',
      (job: string) => control.cancel({ job }),
    ],
  ] as const;
  for (const [name, summary, act] of ofJob) {
    app.openapi(
      createRoute({
        method: 'post',
        path: `/v1/jobs/{job}/${name}`,
        summary,
        request: { params: OfJob },
        responses: DONE,
      }),
      (context) => {
        act(context.req.valid('param').job);
        return context.body(null, 204);
      },
    );
  }

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/runs/{run}/cancel',
      summary: 'End a run; asked again, kill it',
      request: { params: OfRun },
      responses: DONE,
    }),
    (context) => {
      control.cancel({ run: context.req.valid('param').run });
      return context.body(null, 204);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/runs',
      summary: 'The runs that there were, the newest first',
      request: { query: RunsQuery },
      responses: { 200: json(z.array(RunSummary).readonly(), 'Runs.'), ...REFUSED },
    }),
    (context) => context.json(control.runs(context.req.valid('query')), 200),
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/runs/{run}',
      summary: 'One run, with its transfers and warnings',
      request: { params: OfRun },
      responses: { 200: json(RunDetail, 'The run.'), ...REFUSED },
    }),
    (context) => {
      const { run } = context.req.valid('param');
      const found = control.run(run);
      if (found === null) throw unknownRun(run);
      return context.json(found, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/sources',
      summary: 'Of each source of the jobs the last backup and the last failure',
      request: { query: z.object({ job: z.string().optional() }) },
      responses: { 200: json(z.array(SourceHistory).readonly(), 'Sources.'), ...REFUSED },
    }),
    (context) => context.json(control.sources(context.req.valid('query').job), 200),
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/reload',
      summary: 'Read the configuration again; an invalid one is refused',
      responses: { 200: json(ReloadResult, 'The jobs from now on.'), ...REFUSED },
    }),
    async (context) => context.json(await control.reload(), 200),
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/events',
      summary: 'Everything that happens, as server-sent events',
      description:
        'Each has its number as `id`. With the header `Last-Event-ID` those since then come first, or an event `reset` when they are not known any more: then ask for the status again.',
      request: {
        headers: z.object({ 'last-event-id': z.coerce.number().int().min(0).optional() }),
      },
      responses: {
        200: { description: 'A stream.', content: { 'text/event-stream': { schema: z.string() } } },
      },
    }),
    (context) => eventStream(context, events, context.req.valid('header')['last-event-id']),
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/metrics',
      summary: 'All metrics, for Prometheus',
      responses: {
        200: { description: 'Metrics.', content: { 'text/plain': { schema: z.string() } } },
        ...REFUSED,
      },
    }),
    async (context) => {
      const { contentType, text } = await control.metrics();
      return context.text(text, 200, { 'content-type': contentType });
    },
  );

  app.doc31('/v1/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'ceph2zfs daemon', version: packageJson.version },
  });
  return app;
}

function invalid(message: string): HttpError {
  return new HttpError({ code: 'request-invalid', message, retry: 'never' });
}

function unknownRun(run: string): HttpError {
  return new HttpError({
    code: 'not-found',
    message: `there is no run ${JSON.stringify(run)}`,
    retry: 'never',
    hint: 'See `ceph2zfs history`.',
  });
}
