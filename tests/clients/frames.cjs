// Reads records as Grafana does: one job as JSON on stdin, the fields of its data frame on stdout.
const { text } = require("node:stream/consumers");
const { lastValueFrom } = require("rxjs");
const {
  standardTransformers,
  standardTransformersRegistry,
  toDataFrame,
  transformDataFrame,
} = require("@grafana/data");

globalThis.window = globalThis; // a transformation asks it whether a panel stands in a scene

const known = new Map(Object.values(standardTransformers).map((one) => [one.id, one]));
standardTransformersRegistry.setInit(() =>
  [...known.values()].map((one) => ({ id: one.id, name: one.name, transformation: async () => one })),
);

async function main() {
  const { records, transformations } = JSON.parse(await text(process.stdin));
  const frames = transformDataFrame(transformations, [toDataFrame(records)]);
  const [frame] = await lastValueFrom(frames);
  const fields = frame.fields.map(({ name, type, values }) => ({ name, type, values }));
  process.stdout.write(JSON.stringify(fields));
}

main();
