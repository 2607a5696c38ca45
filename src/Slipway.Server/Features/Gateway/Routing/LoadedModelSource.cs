using Slipway.Server.Serving;

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>The model in this process, under its own name.</summary>
internal sealed class LoadedModelSource(ModelHost models) : IModelSource
{
    public const string Kind = "engine";

    public int Order => 20;

    public IReadOnlyCollection<string> Names => models.Current is { } model ? [model.Name] : [];

    // By its own name, whichever of them the client wrote: should another model take its place before the call gets there, it does
    // not answer in this one's name.
    public FoundModel? Find(string model) => models.Current is { } current && current.IsCalled(model)
        ? new FoundModel(current.Name, [new UpstreamOptions { Kind = Kind, Model = current.Name }])
        : null;
}
