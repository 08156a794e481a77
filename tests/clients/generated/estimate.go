// Asks the service through the Go client of openapi-generator; prints what it answers.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"

	"storecast"
)

func main() {
	log.SetFlags(log.Lshortfile)
	configuration := storecast.NewConfiguration()
	configuration.Servers = storecast.ServerConfigurations{{URL: os.Args[1]}}
	client := storecast.NewAPIClient(configuration)
	ctx := context.Background()

	asked := client.AmazonS3API.EstimateS3(ctx).
		Region(storecast.REGION_US_EAST_1).StorageGb(50000.3).MonthlyPutRequests(1e6)
	estimate, _, err := asked.Execute()
	check(err)

	rds := storecast.NewRDSWorkload(storecast.REGION_US_EAST_1, 500)
	rds.SetInstanceClass("db.r6g.xlarge")
	batch, _, err := client.AmazonRDSAPI.EstimateRdsBatch(ctx).
		RDSBatch(*storecast.NewRDSBatch([]storecast.RDSWorkload{*rds})).Execute()
	check(err)
	batched := []float64{}
	for _, one := range batch.RDSEstimates.Estimates {
		batched = append(batched, one.MonthlyCost)
	}

	database := storecast.NewPortfolioRDSWorkload(storecast.REGION_US_EAST_1, 500, "rds")
	database.SetInstanceClass("db.r6g.xlarge")
	bucket := storecast.NewPortfolioS3Workload(storecast.REGION_US_EAST_1, 50000.3, "s3")
	mixed := storecast.NewPortfolioBatch([]storecast.PortfolioBatchWorkloadsInner{
		storecast.PortfolioRDSWorkloadAsPortfolioBatchWorkloadsInner(database),
		storecast.PortfolioS3WorkloadAsPortfolioBatchWorkloadsInner(bucket),
	})
	portfolio, _, err := client.PortfoliosAPI.EstimatePortfolio(ctx).PortfolioBatch(*mixed).Execute()
	check(err)

	_, _, err = asked.PriceDate("2000-01-01").Execute()
	var refused *storecast.GenericOpenAPIError
	if !errors.As(err, &refused) {
		log.Fatal("not refused: ", err)
	}
	problem := refused.Model().(storecast.Problem)

	check(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"estimate":  estimate.S3Estimate.MonthlyCost,
		"batch":     batched,
		"portfolio": portfolio.PortfolioEstimate.MonthlyCost,
		"stored":    portfolio.PortfolioEstimate.Estimates[1].S3Estimate.Capacity.StoredGb,
		"status":    problem.Status,
		"parameter": *problem.Errors[0].Parameter,
	}))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
