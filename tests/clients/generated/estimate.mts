// Asks the service through the TypeScript client of openapi-generator; prints what it answers.
import {
  AmazonRDSApi,
  AmazonS3Api,
  Configuration,
  PortfoliosApi,
  ProblemFromJSON,
  ResponseError,
} from "./client/index.js";
import type { PortfolioBatchWorkloadsInner, RDSWorkload } from "./client/index.js";

declare const process: { argv: string[] };

const configuration = new Configuration({ basePath: process.argv[2] });
const s3 = new AmazonS3Api(configuration);

const asked = { region: "us-east-1", storageGb: 50000.3 } as const;
const estimate = await s3.estimateS3({ ...asked, monthlyPutRequests: 1e6 });
if (!estimate || !("monthlyCost" in estimate)) throw new Error("no estimate");

const rds: RDSWorkload = { region: "us-east-1", instanceClass: "db.r6g.xlarge", storageGb: 500 };
// @ts-expect-error: no such class
export const unknown: RDSWorkload = { ...rds, instanceClass: "db.r6g.huge" };
const batch = await new AmazonRDSApi(configuration).estimateRdsBatch({
  rDSBatch: { workloads: [rds] },
});
if (!("estimates" in batch)) throw new Error("no batch");

const workloads: PortfolioBatchWorkloadsInner[] = [
  { service: "rds", ...rds },
  { service: "s3", ...asked },
];
const portfolio = await new PortfoliosApi(configuration).estimatePortfolio({
  portfolioBatch: { workloads },
});
if (!("estimates" in portfolio)) throw new Error("no portfolio");
const stored = portfolio.estimates.flatMap((one) =>
  one.service === "s3" ? [one.capacity.storedGb] : [],
);

const refused: unknown = await s3
  .estimateS3({ ...asked, priceDate: new Date("2000-01-01") })
  .catch((error: unknown) => error);
if (!(refused instanceof ResponseError)) throw new Error("not refused");
const problem = ProblemFromJSON(await refused.response.json());

console.log(
  JSON.stringify({
    estimate: estimate.monthlyCost,
    batch: batch.estimates.map((one) => one.monthlyCost),
    portfolio: portfolio.monthlyCost,
    stored: stored[0],
    status: problem.status,
    parameter: problem.errors?.[0]?.parameter,
  }),
);
