// Asks the service through types made from the contract; prints what it answers.
import createClient from "openapi-fetch";
import type { components, paths } from "./storecast.js";

declare const process: { argv: string[] };
declare const console: { log(text: string): void };

type Workload = components["schemas"]["PortfolioBatch"]["workloads"][number];

const client = createClient<paths>({ baseUrl: process.argv[2] });

const rds: Workload = {
  service: "rds",
  region: "us-east-1",
  instance_class: "db.r6g.xlarge",
  storage_gb: 500,
};
const s3: Workload = { service: "s3", region: "us-east-1", storage_gb: 50000.3 };
// @ts-expect-error: a field of another service
export const mixed: Workload = { ...s3, instance_class: "db.r6g.xlarge" };
// @ts-expect-error: no such class
export const unknown: Workload = { ...rds, instance_class: "db.r6g.huge" };

const estimate = await client.GET("/v1/s3/estimate", {
  params: { query: { region: "us-east-1", storage_gb: 50000.3, monthly_put_requests: 1e6 } },
});
if (!estimate.data || Array.isArray(estimate.data) || typeof estimate.data === "string") {
  throw new Error("no estimate");
}
const { service, ...alone } = rds;
const batch = await client.POST("/v1/rds/estimates", { body: { workloads: [alone] } });
if (!batch.data || typeof batch.data === "string" || !("estimates" in batch.data)) {
  throw new Error("no batch");
}
const portfolio = await client.POST("/v1/portfolios/estimate", { body: { workloads: [rds, s3] } });
if (!portfolio.data || typeof portfolio.data === "string" || !("estimates" in portfolio.data)) {
  throw new Error("no portfolio");
}
const stored = portfolio.data.estimates.map((one) =>
  one.service === "s3" ? one.capacity.stored_gb : null,
);
const refused = await client.GET("/v1/kinesis/estimate", {
  params: { query: { region: "us-east-1", records_per_second: -1, record_bytes: 3000 } },
});
console.log(
  JSON.stringify({
    estimate: estimate.data.monthly_cost,
    batch: batch.data.estimates,
    portfolio: portfolio.data.monthly_cost,
    stored,
    problem: refused.error,
  }),
);
