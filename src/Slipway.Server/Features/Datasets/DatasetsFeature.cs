using Slipway.Server.Features.Datasets.Files;
using Slipway.Server.Features.Datasets.Findings;
using Slipway.Server.Features.Datasets.Uploads;

namespace Slipway.Server.Features.Datasets;

/// <summary>What is trained on: files that arrive whole, are looked through, and stay as they are.</summary>
internal static class DatasetsFeature
{
    /// <summary>Stands behind the database, whose tables its first look at the uploads needs.</summary>
    public static void AddDatasets(this IServiceCollection services)
    {
        services.AddOptions<DatasetsOptions>().BindConfiguration("Datasets").ValidateOnStart();
        services.AddSingleton<IValidateOptions<DatasetsOptions>, DatasetsOptionsValidator>();
        services.AddSingleton<DatasetFolder>();
        services.AddSingleton<DatasetStore>();
        services.AddSingleton<FileStore>();
        services.AddSingleton<UploadDesk>();
        services.AddSingleton<Inspector>();
        services.AddSingleton<Statistician>();
        services.AddSingleton<DatasetShelf>();
        services.AddSingleton<UploadSweeper>();
        services.AddHostedService(provider => provider.GetRequiredService<UploadSweeper>());
    }

    public static void MapDatasets(this IEndpointRouteBuilder endpoints)
    {
        var datasets = endpoints.MapGroup("/v1/datasets").WithTags("Datasets");
        CreateDataset.Map(datasets);
        GetDatasets.Map(datasets);
        UpdateDataset.Map(datasets);
        DeleteDataset.Map(datasets);
        UploadFile.Map(datasets);
        CreateUpload.Map(datasets);
        GetValidation.Map(datasets);
        GetPreview.Map(datasets);
        GetStatistics.Map(datasets);

        var uploads = endpoints.MapGroup("/v1/uploads").WithTags("Datasets");
        ResumeUpload.Map(uploads);
        AbortUpload.Map(uploads);
    }
}
