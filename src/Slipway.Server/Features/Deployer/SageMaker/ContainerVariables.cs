using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Slipway.Server.Features.Deployments.Engines;

namespace Slipway.Server.Features.Deployer.SageMaker;

/// <summary>
/// Variables of AWS's vLLM container: <c>SM_VLLM_MAX_MODEL_LEN=4096</c> becomes <c>--max-model-len 4096</c>, <c>true</c> a flag alone,
/// a JSON list several values. Source: the README of vLLM in AWS's deep learning containers.
/// </summary>
internal sealed partial class ContainerVariables
{
    public const string Prefix = "SM_VLLM_";

    private const int MostBytes = 32 << 10;
    private const int MostEntries = 100;
    private const int LongestValue = 1024;

    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Values => _values;

    /// <summary>
    /// The same for the LMI container, which has words of its own for the model and the GPUs, and <c>OPTION_</c> before everything else.
    /// Source: "LMI environment variable instructions" of DJL Serving.
    /// </summary>
    public IReadOnlyDictionary<string, string> ForLmi() => _values
        .Where(pair => pair.Key != Prefix + "SERVED_MODEL_NAME")
        .Select(pair => pair.Key switch
        {
            Prefix + "MODEL" => ("HF_MODEL_ID", pair.Value),
            Prefix + "TENSOR_PARALLEL_SIZE" => ("TENSOR_PARALLEL_DEGREE", pair.Value),
            _ when pair.Key.StartsWith(Prefix + "NO_", StringComparison.Ordinal) => ($"OPTION_{pair.Key[(Prefix.Length + 3)..]}", "false"),
            _ when pair.Key.StartsWith(Prefix, StringComparison.Ordinal) => ($"OPTION_{pair.Key[Prefix.Length..]}", pair.Value),
            _ => (pair.Key, pair.Value),
        })
        .ToDictionary(StringComparer.Ordinal);

    public void Set(string name, string value) => _values[name] = value;

    /// <summary>Takes arguments of <c>vllm serve</c>; a later one replaces an earlier one.</summary>
    /// <returns>What is wrong, with what would be accepted; null when nothing is.</returns>
    public string? Add(IReadOnlyList<string> words)
    {
        for (var at = 0; at < words.Count;)
        {
            var word = words[at++];
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            var flag = (equals < 0 ? word : word[..equals]).Replace('_', '-');
            if (!Flag().IsMatch(flag))
            {
                return $"'{ArgumentRules.Shorten(word)}' cannot be told to the container; accepted are long flags and their values, such as --tensor-parallel-size 2.";
            }
            List<string> values = equals < 0 ? [] : [word[(equals + 1)..]];
            while (equals < 0 && at < words.Count && !IsFlag(words[at]))
            {
                values.Add(words[at++]);
            }
            Set(flag, values);
        }
        return null;
    }

    /// <summary>Why SageMaker would refuse them; null when it would not.</summary>
    public string? Fault()
    {
        if (_values.FirstOrDefault(pair => pair.Value.Length > LongestValue || pair.Value.Any(char.IsControl)) is { Key: { } name })
        {
            return $"The value of {name} is longer than {LongestValue} letters or holds control characters.";
        }
        var bytes = _values.Sum(pair => Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount(pair.Value));
        return _values.Count > MostEntries || bytes > MostBytes
            ? $"The container's variables are {_values.Count} with {bytes} bytes; accepted are at most {MostEntries} with {MostBytes} bytes."
            : null;
    }

    private void Set(string flag, List<string> values)
    {
        var name = Prefix + flag[2..].Replace('-', '_').ToUpperInvariant();
        // A flag and its opposite would both reach vLLM, in whatever order.
        _values.Remove(flag.StartsWith("--no-", StringComparison.Ordinal) ? Prefix + name[(Prefix.Length + 3)..] : Prefix + "NO_" + name[Prefix.Length..]);
        _values[name] = values switch
        {
            [] => "true",
            [var one] => one,
            _ => JsonSerializer.Serialize(values),
        };
    }

    private static bool IsFlag(string word) => word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]) && word[1] != '.';

    [GeneratedRegex(@"\A--[a-z][a-z0-9-]{0,100}\z")]
    private static partial Regex Flag();
}
