using Slipway.Server.Serving;

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>The model in this process, under its own name.</summary>
internal sealed class LoadedModelSource(ModelHost models) : IModelSource
{
    public const string Kind = "engine";

    private static readonly UpstreamOptions Engine = new() { Kind = Kind };

    public int Order => 20;

    public IReadOnlyCollection<string> Names => models.Current is { } model ? [model.Name] : [];

    public UpstreamOptions? Find(string model) => models.Current?.IsCalled(model) is true ? Engine : null;
}
