using Slipway.Client.Projects;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Projects;

/// <summary>What the bodies about projects must look like.</summary>
internal static class ProjectBody
{
    private const int LongestName = 128;
    private const int LongestDescription = 16384;
    private const int LongestReference = 512;
    private const int MostTags = 64;
    private const string NameRule = "only letters, digits, '.', '_' and '-' are accepted, and neither '.' nor '..' alone";

    public static CreateProjectRequest ReadNew(BodyObject body) => new()
    {
        Name = ReadName(body.Required("name")) ?? "",
        Description = body.Optional("description").Line(LongestDescription, mayBreak: true),
        Owner = body.Optional("owner").Line(LongestName, mayBreak: true),
        Tags = ReadTags(body.Optional("tags")),
        DatasetName = ReadReference(body.Required("dataset_name")) ?? "",
        TrainingYamlName = ReadReference(body.Required("training_yaml_name")) ?? "",
    };

    public static UpdateProjectRequest ReadChange(BodyObject body) => new()
    {
        Name = ReadName(body.Optional("name")),
        Description = body.Optional("description").Line(LongestDescription, mayBreak: true),
        Owner = body.Optional("owner").Line(LongestName, mayBreak: true),
        Tags = ReadTags(body.Optional("tags")),
        DatasetName = ReadReference(body.Optional("dataset_name")),
        TrainingYamlName = ReadReference(body.Optional("training_yaml_name")),
    };

    private static string? ReadName(BodyValue value) =>
        value.Text(min: 1, max: LongestName) is not { } name ? null
        : name is not ("." or "..") && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-') ? name
        : value.Refuse<string>(NameRule, FaultTypes.Const);

    private static List<string>? ReadTags(BodyValue value) =>
        value.List(item => item.Line(LongestName)?.Trim(), max: MostTags)?.Distinct(StringComparer.Ordinal).ToList();

    /// <summary>A path that could leave the training directory is no reference, wherever it would lead.</summary>
    private static string? ReadReference(BodyValue value) =>
        value.Text(min: 1, max: LongestReference, mayBeBlank: false) is not { } reference ? null
        : Path.IsPathRooted(reference) || reference.Split('/', '\\').Contains("..") || reference.Any(char.IsControl)
            ? value.Refuse<string>("accepted is a path inside the training directory, or the name or id of what was uploaded", FaultTypes.Const)
            : reference;
}
