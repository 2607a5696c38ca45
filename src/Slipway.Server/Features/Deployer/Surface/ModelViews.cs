using System.Globalization;
using Slipway.Client.Deployer;
using Slipway.Server.Features.Deployer.Catalog;

namespace Slipway.Server.Features.Deployer.Surface;

/// <summary>A model of the catalog, as clients see it.</summary>
internal static class ModelViews
{
    public static DeployableModel InShort(CatalogModel model) => new()
    {
        ModelId = model.Id,
        ModelName = model.Name ?? model.Id,
        Provider = model.Provider ?? "",
        SupportedEngines = [.. model.Engines.Select(engine => engine.Type)],
        SupportedInstanceTypes = model.InstanceTypes,
        SupportedServices = [.. model.Services.Where(CatalogWords.ReadyServices.Contains)],
    };

    public static DeployableModelDetail InFull(CatalogModel model)
    {
        var brief = InShort(model);
        return new DeployableModelDetail
        {
            ModelId = brief.ModelId,
            ModelName = brief.ModelName,
            Provider = brief.Provider,
            SupportedEngines = brief.SupportedEngines,
            SupportedInstanceTypes = brief.SupportedInstanceTypes,
            SupportedServices = brief.SupportedServices,
            ModelSize = SizeOf(model),
            ContextLength = model.ContextLength,
            RecommendedInstanceType = model.RecommendedInstanceType ?? model.InstanceTypes[0],
            MemoryRequirements = MemoryOf(model),
            Description = model.Description ?? "",
            DescriptionZh = model.DescriptionZh,
            Capabilities = model.Capabilities,
            License = model.License,
        };
    }

    private static string? SizeOf(CatalogModel model) => model.SizeBillions is not { } size ? null
        : model.ActiveBillions is { } active ? $"{Billions(size)} ({Billions(active)} active)"
        : Billions(size);

    private static string Billions(double size) =>
        size < 0.1 ? Text(size * 1000, "0.#") + "M" : Text(size, "0.##") + "B";

    private static string? MemoryOf(CatalogModel model) =>
        model.MinGpuMemoryGiB is { } gpu ? Text(gpu, "0.#") + " GiB of GPU memory"
        : model.WeightsGiB is { } weights ? Text(weights, "0.###") + " GiB of memory for the weights"
        : null;

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
