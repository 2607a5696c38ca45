using System.Text.Json;
using Slipway.Client.Datasets;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Datasets;

/// <summary>The rules of the bodies that describe a dataset.</summary>
internal static class DatasetBody
{
    private const int LongestName = 128;
    private const int LongestWord = 64;
    private const int LongestDescription = 4000;
    private const int LargestMetadata = 64 << 10;

    public static CreateDatasetRequest ReadCreate(BodyObject body) => new()
    {
        Name = Line(body.Required("name"), LongestName) ?? "",
        Type = Line(body.Required("type"), LongestWord) ?? "",
        Description = Lines(body.Optional("description")),
        TaskType = Line(body.Required("task_type"), LongestWord) ?? "",
        Metadata = body.Optional("metadata").Whole(LargestMetadata),
    };

    public static UpdateDatasetRequest ReadUpdate(BodyObject body) => new()
    {
        Name = Line(body.Optional("name"), LongestName),
        Type = Line(body.Optional("type"), LongestWord),
        Description = Lines(body.Optional("description")),
        TaskType = Line(body.Optional("task_type"), LongestWord),
        Metadata = body.Optional("metadata").Whole(LargestMetadata),
    };

    public static string TextOf(JsonElement? metadata) => metadata?.GetRawText() ?? "{}";

    private static string? Line(BodyValue value, int longest) =>
        value.Text(min: 1, max: longest, mayBeBlank: false) is not { } text ? null
        : text.Any(char.IsControl) ? value.Refuse<string>("control characters and line ends are not accepted here", FaultTypes.String)
        : text;

    private static string? Lines(BodyValue value) =>
        value.Text(max: LongestDescription) is not { } text ? null
        : text.Contains('\0', StringComparison.Ordinal) ? value.Refuse<string>("zero characters are not accepted here", FaultTypes.String)
        : text;
}
