using System.Runtime.CompilerServices;

namespace Slipway.Engine.ChatTemplates.Rendering;

/// <summary>What one rendering may still spend. Everything that makes or walks something asks here first.</summary>
internal sealed class RenderContext(ChatTemplateLimits limits, TimeProvider clock)
{
    private const int CharactersPerStep = 16;
    private const int ComparisonsPerStep = 512;

    // A call's body may nest as deep as the source does; the product would be too much for a stack.
    private const int EvaluationsPerDepth = 16;

    private long _steps = limits.MaxSteps;
    private int _calls;
    private int _evaluations;

    public TimeProvider Clock => clock;

    public int MaxDepth => limits.MaxDepth;

    public int MaxTextLength => limits.MaxOutputLength;

    public void Charge(long steps = 1)
    {
        _steps -= steps;
        if (_steps < 0 || steps < 0)
        {
            _steps = 0;
            throw new ChatTemplateException($"The template takes more than {limits.MaxSteps} steps.");
        }
    }

    /// <summary>Pays for a text of this length before it is made.</summary>
    public void ChargeText(Int128 length)
    {
        if (length > limits.MaxOutputLength)
        {
            throw new ChatTemplateException($"A text would grow to {length} characters; {limits.MaxOutputLength} are allowed.");
        }

        Charge((long)length / CharactersPerStep);
    }

    /// <summary>Pays for looking for one text in another, which at worst compares at every place.</summary>
    public void ChargeSearch(string text, string needle)
    {
        Charge(text.Length / CharactersPerStep);
        Charge(Math.Max(text.Length - needle.Length + 1L, 0) * needle.Length / ComparisonsPerStep);
    }

    /// <summary>Pays for visiting a value at some depth inside others.</summary>
    public void ChargeNested(int depth)
    {
        Charge();
        if (depth > limits.MaxDepth)
        {
            throw new ChatTemplateException($"Values are nested more than {limits.MaxDepth} deep.");
        }
    }

    public void EnterCall()
    {
        if (++_calls > limits.MaxDepth)
        {
            throw new ChatTemplateException($"Macros call one another more than {limits.MaxDepth} deep.");
        }
    }

    public void LeaveCall() => _calls--;

    public void EnterNode()
    {
        Charge();
        if (++_evaluations > (long)limits.MaxDepth * EvaluationsPerDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new ChatTemplateException("Calls and expressions are nested too deep.");
        }
    }

    public void LeaveNode() => _evaluations--;
}
