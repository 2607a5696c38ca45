using Slipway.Server.Aws;
using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Features.Deployer.Services;
using Slipway.Server.Features.Deployments.Engines;

namespace Slipway.Server.Features.Deployer.SageMaker;

/// <summary>All that a stack's template says of an endpoint beside its names and its role.</summary>
internal sealed record EndpointPlan
{
    public required DeployOrder Order { get; init; }

    public required string Region { get; init; }

    /// <summary>With <c>ml.</c></summary>
    public required string InstanceType { get; init; }

    public required string Image { get; init; }

    public required string HostImage { get; init; }

    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    public required EndpointParams Params { get; init; }

    /// <summary>1 minute to an hour, for the weights and for the container.</summary>
    public required TimeSpan StartupTimeout { get; init; }

    /// <summary>Where answers go; null for an endpoint that gives them at once.</summary>
    public string? AsyncOutput { get; init; }

    /// <summary>For weights that are not open to everybody; secret.</summary>
    public string? HubToken { get; init; }

    public bool IsAsync => AsyncOutput is not null;
}

/// <summary>Finds out how a model can be served on SageMaker, or why it cannot. Asks nobody.</summary>
internal sealed class EndpointPlanner(
    ModelCatalog catalog, AwsEndpoints endpoints, EngineChoice engines, IOptions<SageMakerOptions> options, IConfiguration configuration)
{
    private const string Engine = "vllm";

    /// <returns>A plan; or none, and why, with what would be accepted.</returns>
    public (EndpointPlan? Plan, string? Fault) Of(DeployOrder order, CatalogModel model)
    {
        var isAsync = order.ServiceType == CatalogWords.SageMakerAsync;
        var (region, suffix, noRegion) = FindRegion(order);
        var (parameters, badParams) = EndpointParams.Read(order.ExtraParams, isAsync);
        var instance = catalog.Instances.GetValueOrDefault(order.InstanceType);
        var fault = noRegion ?? badParams ?? FaultOf(order, model, instance, region!, parameters!) ?? (isAsync ? FaultOfOutput() : null);
        if (fault is not null)
        {
            return (null, fault);
        }
        var (variables, badVariables) = Variables(order, model, instance!, parameters!, region!);
        if (badVariables is not null)
        {
            return (null, badVariables);
        }
        var image = options.Value.Image ?? ContainerImage.Vllm(region!, suffix!, options.Value.ImageTag);
        return (new EndpointPlan
        {
            Order = order,
            Region = region!,
            InstanceType = instance!.SagemakerType ?? $"ml.{order.InstanceType}",
            Image = image,
            HostImage = options.Value.InferenceAmi ?? ContainerImage.HostFor(image),
            Variables = variables.Values,
            Params = parameters!,
            StartupTimeout = options.Value.StartupTimeout,
            AsyncOutput = isAsync ? $"{options.Value.AsyncOutput!.TrimEnd('/')}/{order.ModelId}/{order.ModelTag}" : null,
            HubToken = NeedsToken(model, parameters!) ? HubToken : null,
        }, null);
    }

    private string? HubToken => string.IsNullOrWhiteSpace(configuration["HF_TOKEN"]) ? null : configuration["HF_TOKEN"]!.Trim();

    private (string? Region, string? Suffix, string? Fault) FindRegion(DeployOrder order)
    {
        try
        {
            var region = endpoints.Find(AwsService.CloudFormation, order.Region).Region;
            return (region, AwsEndpoints.SuffixOf(region), null);
        }
        catch (AwsException exception)
        {
            return (null, null, exception.Reason);
        }
    }

    private string? FaultOf(DeployOrder order, CatalogModel model, CatalogInstance? instance, string region, EndpointParams parameters) =>
        instance is null
            ? $"Nothing is known of the instance type {order.InstanceType}; describe it under 'instances' of the file that Catalog:Path names."
        : instance.Accelerator?.Contains("NVIDIA", StringComparison.OrdinalIgnoreCase) != true || instance.AcceleratorCount < 1
            ? $"Instance type {order.InstanceType} has no NVIDIA GPU, which the {Engine} container needs; accepted for model {model.Id}: {Named(GpuInstances(model))}."
        : IsChina(region) && !model.ChinaRegion ? $"model: {model.Id} is not supported in region: {region}"
        : IsChina(region) && !instance.ChinaRegion ? $"instance: {order.InstanceType} is not supported in region: {region}"
        : parameters.WeightsUri is null && model.HuggingFaceId is null
            ? $"The catalog has no Hugging Face name of model {model.Id}; give the folder with its weights in extra_params.model_params.model_files_s3_path."
        : NeedsToken(model, parameters) && HubToken is null
            ? $"The weights of model {model.Id} are not open to everybody: start the server with HF_TOKEN set, or give a folder with them in "
                + "extra_params.model_params.model_files_s3_path."
        : engines.Find(Engine)?.FaultOf(parameters.Arguments);

    private string? FaultOfOutput() => options.Value.AsyncOutput is not null ? null
        : $"Asynchronous endpoints leave their answers in S3: set {DeployerFeature.SageMakerSection}:AsyncOutput, such as s3://bucket/answers.";

    private (ContainerVariables Variables, string? Fault) Variables(
        DeployOrder order, CatalogModel model, CatalogInstance instance, EndpointParams parameters, string region)
    {
        var variables = new ContainerVariables();
        var engine = model.Engines.FirstOrDefault(one => one.Type == order.EngineType);
        variables.Set(ContainerVariables.Prefix + "SERVED_MODEL_NAME", order.ModelId);
        variables.Set(ContainerVariables.Prefix + "TENSOR_PARALLEL_SIZE", instance.AcceleratorCount.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (parameters.WeightsUri is null)
        {
            variables.Set(ContainerVariables.Prefix + "MODEL", model.HuggingFaceId!);
            if (IsChina(region))
            {
                variables.Set("HF_ENDPOINT", options.Value.ChinaHub);
            }
        }
        var fault = AddUsual(variables, engine) ?? variables.Add(parameters.Arguments) ?? variables.Fault();
        return (variables, fault);
    }

    private static string? AddUsual(ContainerVariables variables, CatalogEngine? engine)
    {
        if (engine?.VllmContainerEnv is { } usual)
        {
            foreach (var (name, value) in usual)
            {
                variables.Set(name, value);
            }
            return null;
        }
        var (words, fault) = Processes.ExtraArguments.Split(engine?.EmdDefaultCliArgs ?? "");
        return fault ?? variables.Add(words);
    }

    private static bool NeedsToken(CatalogModel model, EndpointParams parameters) => model.GatedOnHuggingFace && parameters.WeightsUri is null;

    private IEnumerable<string> GpuInstances(CatalogModel model) => model.InstanceTypes.Where(name =>
        catalog.Instances.GetValueOrDefault(name)?.Accelerator?.Contains("NVIDIA", StringComparison.OrdinalIgnoreCase) == true);

    private static string Named(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? list : "none";

    private static bool IsChina(string region) => region.StartsWith("cn-", StringComparison.Ordinal);
}
