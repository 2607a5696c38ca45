using System.Text.RegularExpressions;
using Slipway.Client.Deployer;
using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Features.Deployer.Services;

namespace Slipway.Server.Features.Deployer.Surface;

/// <summary>Whether the catalog knows how to do what a request asks for.</summary>
internal static partial class DeployCheck
{
    private const int MostNamed = 200;

    /// <summary>
    /// What is to be deployed, with the catalog's own words for what the caller wrote; or why it cannot be, in a sentence with what
    /// would be accepted. Asks nobody: the services and the deployments that exist have their own word to say.
    /// </summary>
    public static (DeployOrder? Order, CatalogModel? Model, string Refusal) Of(DeployRequest request, ModelCatalog catalog)
    {
        if (catalog.Find(request.ModelId) is not { } model)
        {
            return (null, null, Unknown(request.ModelId, catalog, namesAll: true));
        }
        var order = OrderOf(request);
        var refusal = FaultOfService(order, model, request)
            ?? FaultOfInstance(order, model, request)
            ?? FaultOfEngine(order, model, request)
            ?? FaultOfTheRest(order);
        return refusal is null ? (order, model, "") : (null, null, refusal);
    }

    /// <summary>That there is no such model, and which may have been meant.</summary>
    public static string Unknown(string id, ModelCatalog catalog, bool namesAll)
    {
        var near = catalog.Near(id);
        var meant = near.Count > 0 ? $" Near it are: {string.Join(", ", near)}." : "";
        var all = namesAll ? $" Accepted are: {Named(catalog.All.Select(model => model.Id))}." : " POST /emd_supported_models lists them all.";
        return $"The model '{id}' is not in the catalog.{meant}{all}";
    }

    private static DeployOrder OrderOf(DeployRequest request) => new()
    {
        ModelId = request.ModelId,
        ModelTag = DeployBody.TagOf(request),
        InstanceType = CatalogWords.InstanceOf(request.InstanceType),
        EngineType = CatalogWords.EngineOf(request.EngineType),
        ServiceType = CatalogWords.ServiceOf(request.ServiceType),
        FrameworkType = DeployBody.FrameworkOf(request),
        Region = request.Region,
        StackName = request.ModelStackName,
        ExtraParams = DeployBody.ParamsOf(request),
        OnFailure = DeployBody.OnFailureOf(request),
        ForceEnvStackUpdate = request.ForceEnvStackUpdate ?? false,
    };

    private static string? FaultOfService(DeployOrder order, CatalogModel model, DeployRequest request)
    {
        var accepted = CatalogWords.ReadyServices.Where(model.Services.Contains).ToList();
        return accepted.Contains(order.ServiceType) ? null
            : CatalogWords.Services.Contains(order.ServiceType) && !CatalogWords.ReadyServices.Contains(order.ServiceType)
                ? $"Service type {order.ServiceType} is not available here: nothing is deployed to it. Accepted for model {model.Id}: {Named(accepted)}."
                : $"Service type {request.ServiceType} is not supported for model {model.Id}; accepted: {Named(accepted)}.";
    }

    /// <summary>There is no machine to rent on this one, and this one cannot be rented.</summary>
    private static string? FaultOfInstance(DeployOrder order, CatalogModel model, DeployRequest request)
    {
        var isLocal = order.ServiceType == CatalogWords.Local;
        var accepted = model.InstanceTypes.Where(instance => instance == CatalogWords.Local == isLocal).ToList();
        return accepted.Contains(order.InstanceType)
            ? null
            : $"Instance type {request.InstanceType} is not supported for model {model.Id} on {order.ServiceType}; accepted: {Named(accepted)}.";
    }

    private static string? FaultOfEngine(DeployOrder order, CatalogModel model, DeployRequest request)
    {
        var own = model.Engines.Select(engine => engine.Type).ToList();
        var ready = CatalogWords.EnginesReadyFor(order.ServiceType);
        var accepted = own.Where(ready.Contains).ToList();
        return accepted.Contains(order.EngineType) ? null
            : !own.Contains(order.EngineType)
                ? $"Engine type {request.EngineType} is not supported for model {model.Id} on {order.ServiceType}; accepted: {Named(accepted)}."
                : $"Engine type {request.EngineType} has no ready {(order.ServiceType == CatalogWords.Local ? "program" : "container")} for {order.ServiceType}; "
                    + $"accepted for model {model.Id}: {Named(accepted)}.";
    }

    private static string? FaultOfTheRest(DeployOrder order) =>
        !CatalogWords.Frameworks.Contains(order.FrameworkType)
            ? $"Framework type {order.FrameworkType} is not supported; accepted: {Named(CatalogWords.Frameworks)}."
        : !IsTag(order.ModelTag)
            ? $"'{Visible(order.ModelTag)}' is no model tag; accepted are 1 to 63 lower-case letters, digits, '-' and '_', with a letter or digit at both ends."
        : order.Region is { } region && !Region().IsMatch(region)
            ? $"'{region}' is no region of AWS; accepted is a name such as us-east-1 or cn-northwest-1."
        : order.StackName is { } stack && !Stack().IsMatch(stack)
            ? $"'{stack}' is no stack name; accepted are 1 to 128 letters, digits and '-', with a letter in front."
        : null;

    /// <summary>Whether it may stand in names and paths.</summary>
    public static bool IsTag(string text) => Tag().IsMatch(text);

    private static string Named(IEnumerable<string> names)
    {
        var list = names.Take(MostNamed + 1).ToList();
        return list.Count == 0 ? "none"
            : list.Count > MostNamed ? string.Join(", ", list.Take(MostNamed)) + ", …"
            : string.Join(", ", list);
    }

    private static string Visible(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter));

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?\z")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\A[a-z]{2,3}(-[a-z]{2,12}){1,3}-[0-9]{1,2}\z")]
    private static partial Regex Region();

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9-]{0,127}\z")]
    private static partial Regex Stack();
}
