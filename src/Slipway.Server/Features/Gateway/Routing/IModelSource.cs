namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>Knows models that come and go without configuration: the one in this process, deployments, endpoints of a cloud.</summary>
internal interface IModelSource
{
    /// <summary>Sources are asked in ascending order.</summary>
    int Order { get; }

    /// <summary>The names it has at this moment.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>What is behind a name, null when it has none of that name. Cheap: asked on every call of such a name.</summary>
    FoundModel? Find(string model);
}
