using System.Text.RegularExpressions;

namespace Slipway.Server.Features.Deployer.Catalog;

/// <summary>What names must look like: some of them become parts of paths, command lines and names of AWS.</summary>
internal static partial class CatalogPatterns
{
    public static bool IsModelId(string text) => ModelId().IsMatch(text) && !text.Contains("..", StringComparison.Ordinal);

    public static bool IsHubName(string text) => HubName().IsMatch(text) && !text.Contains("..", StringComparison.Ordinal);

    public static bool IsInstance(string text) => text == CatalogWords.Local || Instance().IsMatch(text);

    public static bool IsSagemakerType(string text) => text.StartsWith("ml.", StringComparison.Ordinal) && Instance().IsMatch(text[3..]);

    public static bool IsContainerVariable(string text) => ContainerVariable().IsMatch(text);

    public static bool IsCapability(string text) => Capability().IsMatch(text);

    [GeneratedRegex(@"\A[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?\z")]
    private static partial Regex ModelId();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}\z")]
    private static partial Regex HubName();

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,30}\.[a-z0-9-]{1,30}\z")]
    private static partial Regex Instance();

    [GeneratedRegex(@"\ASM_VLLM_[A-Z0-9_]{1,100}\z")]
    private static partial Regex ContainerVariable();

    [GeneratedRegex(@"\A[a-z][a-z0-9_-]{0,39}\z")]
    private static partial Regex Capability();
}
