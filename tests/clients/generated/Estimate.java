// Asks the service through the Java client of openapi-generator; prints what it answers.

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpClient;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import storecast.ApiClient;
import storecast.ApiException;
import storecast.api.AmazonRdsApi;
import storecast.api.AmazonS3Api;
import storecast.api.PortfoliosApi;
import storecast.model.PortfolioBatch;
import storecast.model.PortfolioBatchWorkloadsInner;
import storecast.model.PortfolioEstimate;
import storecast.model.PortfolioRDSWorkload;
import storecast.model.PortfolioS3Workload;
import storecast.model.Problem;
import storecast.model.RDSBatch;
import storecast.model.RDSEstimate;
import storecast.model.RDSWorkload;
import storecast.model.Region;
import storecast.model.S3Estimate;

public class Estimate {
    public static void main(String[] arguments) throws Exception {
        ObjectMapper mapper = ApiClient.createDefaultObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
        ApiClient client = new ApiClient(HttpClient.newBuilder(), mapper, arguments[0]);
        AmazonS3Api s3 = new AmazonS3Api(client);

        var asked = AmazonS3Api.APIEstimateS3Request.newBuilder()
            .region(Region.US_EAST_1)
            .storageGb(50000.3)
            .monthlyPutRequests(1e6);
        S3Estimate estimate = s3.estimateS3(asked.build()).getS3Estimate();

        RDSWorkload rds = new RDSWorkload()
            .region(Region.US_EAST_1)
            .instanceClass(RDSWorkload.InstanceClassEnum.DB_R6G_XLARGE)
            .storageGb(500.0);
        var batch = new AmazonRdsApi(client).estimateRdsBatch(
            AmazonRdsApi.APIEstimateRdsBatchRequest.newBuilder()
                .rdSBatch(new RDSBatch().addWorkloadsItem(rds))
                .build());
        List<Double> batched = batch.getRDSEstimates().getEstimates().stream()
            .map(RDSEstimate::getMonthlyCost)
            .toList();

        PortfolioBatch mixed = new PortfolioBatch()
            .addWorkloadsItem(new PortfolioBatchWorkloadsInner(new PortfolioRDSWorkload()
                .service(PortfolioRDSWorkload.ServiceEnum.RDS)
                .region(Region.US_EAST_1)
                .instanceClass(PortfolioRDSWorkload.InstanceClassEnum.DB_R6G_XLARGE)
                .storageGb(500.0)))
            .addWorkloadsItem(new PortfolioBatchWorkloadsInner(new PortfolioS3Workload()
                .service(PortfolioS3Workload.ServiceEnum.S3)
                .region(Region.US_EAST_1)
                .storageGb(50000.3)));
        PortfolioEstimate portfolio = new PortfoliosApi(client).estimatePortfolio(
            PortfoliosApi.APIEstimatePortfolioRequest.newBuilder().portfolioBatch(mixed).build())
            .getPortfolioEstimate();

        Problem problem = null;
        try {
            s3.estimateS3(asked.priceDate(LocalDate.of(2000, 1, 1)).build());
        } catch (ApiException refused) {
            problem = mapper.readValue(refused.getResponseBody(), Problem.class);
        }

        System.out.println(mapper.writeValueAsString(Map.of(
            "estimate", estimate.getMonthlyCost(),
            "batch", batched,
            "portfolio", portfolio.getMonthlyCost(),
            "stored", portfolio.getEstimates().get(1).getS3Estimate().getCapacity().getStoredGb(),
            "status", problem.getStatus(),
            "parameter", problem.getErrors().get(0).getParameter())));
    }
}
