using System.Security.Cryptography;
using System.Text;
using Slipway.Server.Features.Deployer.Surface;

namespace Slipway.Server.Features.Deployer.SageMaker;

/// <summary>
/// Names of stacks and of what is in them, as EMD makes them: so its tools find what was deployed here. SageMaker takes 63 characters
/// and no hyphen at the end; where EMD's name would break that, or is another model's, a hash takes the place of its end.
/// </summary>
internal static class StackNames
{
    private const string ModelPrefix = "EMD-Model-";

    /// <summary>What leaves room for the longest of the endings, <c>-endpoint</c>.</summary>
    private const int Longest = 54;

    private const int HashLetters = 8;

    /// <summary>The stack of a model: <c>EMD-Model-qwen3-8b</c>.</summary>
    /// <param name="id">The model's.</param>
    /// <param name="tag">The deployment's.</param>
    /// <param name="isHashed">Whether the usual name is taken by another model.</param>
    public static string Of(string id, string tag, bool isHashed)
    {
        var part = Normalise(tag == DeployBody.UsualTag ? id : $"{id}-{tag}");
        var name = ModelPrefix + part;
        return part.Length == 0 || name.Length > Longest || isHashed ? Cut(name, $"{id}/{tag}") : name;
    }

    public static string EndpointOf(string stack) => Short(stack) + "-endpoint";

    public static string ConfigOf(string stack) => Short(stack) + "-config";

    public static string ModelOf(string stack) => Short(stack) + "-model";

    private static string Short(string stack) => stack.Length > Longest || stack.EndsWith('-') ? Cut(stack, stack) : stack;

    private static string Cut(string name, string whole)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(whole)))[..HashLetters];
        return $"{name[..Math.Min(name.Length, Longest - HashLetters - 1)].TrimEnd('-')}-{hash}";
    }

    private static string Normalise(string text)
    {
        var letters = text.Select(letter => letter is '_' or '.' ? '-' : letter)
            .Where((letter, at) => at == 0 ? char.IsAsciiLetter(letter) : char.IsAsciiLetterOrDigit(letter) || letter == '-');
        return string.Concat(letters).ToLowerInvariant().Trim('-');
    }
}
