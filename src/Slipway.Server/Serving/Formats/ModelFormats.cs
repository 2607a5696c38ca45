namespace Slipway.Server.Serving.Formats;

/// <summary>The formats in which the loaded model can be had.</summary>
/// <param name="Model">What is loaded.</param>
/// <param name="All">One of each, the one in use among them.</param>
internal sealed record ModelFormats(LoadedModel Model, IReadOnlyList<StoredFormat> All)
{
    public StoredFormat Current { get; } = All.First(one => one.Recipe is null && one.Path == Model.Source.Path);

    public StoredFormat? Find(WeightFormat format) => All.FirstOrDefault(one => one.Format == format);
}
